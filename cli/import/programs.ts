/** The programs that a configuration names: what stands in them, and where they must lie for an agent to run them. */
import { basename, dirname, join } from 'node:path';
import type { Files } from './read.ts';

/** The only place from which an agent runs what a fetched configuration names; only root may write there. */
const HOOKS_DIRECTORY = '/etc/keepaloft/hooks.d';
const SHELL_SCRIPT = /^#!\s*\S*\b(?:sh|bash|dash|ksh|zsh)\b/u;

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
