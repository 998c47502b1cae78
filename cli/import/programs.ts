/** The programs that a configuration names: what stands in them, and where they must lie for an agent to run them. */
import { basename, dirname, join } from 'node:path';
import type { Files } from './read.ts';

/** The only place from which an agent runs what a fetched configuration names; only root may write there. */
const HOOKS_DIRECTORY = '/etc/keepaloft/hooks.d';
const SHELL_SCRIPT = /^#!\s*\S*\b(?:sh|bash|dash|ksh|zsh)\b/u;

/** A script that another one names, absolutely or beside it: by its ending, for programs of the system are no scripts of ours. */
const NAMED = /(?<![\w./-])(?:\.{0,2}\/)?[\w./-]*\w\.(?:sh|bash|py|pl|rb)(?![\w-])/gu;
const NAMED_MAX = 8;

/** A program to be put there by hand, on every member. */
export interface Moved {
  readonly from: string;
  readonly to: string;
}

export class Programs {
  readonly #files: Files;
  readonly #folder: string;
  readonly #moved = new Map<string, string>();

  /** @param folder of the configuration: a script that is not where it says may lie beside it */
  constructor(files: Files, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** undefined: it is not here. It is read, and never run. */
  textOf(path: string): string | undefined {
    const named = path.startsWith('/') ? path : join(this.#folder, path);
    return this.#files.read(named) ?? this.#files.read(join(this.#folder, basename(path)));
  }

  /** Of a script and of those that it names, one step far. Empty: it is not here. */
  textsOf(path: string): string[] {
    const text = this.textOf(path);
    if (text === undefined) return [];
    const named = new Set(
      text.match(NAMED)?.map((name) => (name.startsWith('/') ? name : join(dirname(path), name))),
    );
    const others = [...named].slice(0, NAMED_MAX).map((name) => this.textOf(name));
    return [text, ...others.filter((other) => other !== undefined)];
  }

  /** Only a shell's script can be judged by the rules of a shell. */
  shellTextOf(path: string): string | undefined {
    const text = this.textOf(path);
    return text !== undefined && (SHELL_SCRIPT.test(text) || path.endsWith('.sh')) ? text : undefined;
  }

  /** Where the program must lie. Two of the same name get different places. */
  placeOf(path: string): string {
    if (dirname(path) === HOOKS_DIRECTORY) return path;
    const known = this.#moved.get(path);
    if (known !== undefined) return known;
    const taken = new Set(this.#moved.values());
    const name = basename(path);
    let place = join(HOOKS_DIRECTORY, name);
    for (let count = 2; taken.has(place); count += 1) place = join(HOOKS_DIRECTORY, `${name}-${count}`);
    this.#moved.set(path, place);
    return place;
  }

  moved(): Moved[] {
    return Array.from(this.#moved, ([from, to]) => ({ from, to }));
  }
}
