/** The real services of a lab: their folders on each host, and what each is started by. They run as whoever runs the lab. */

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../errors.ts';
import { labPath, requireProgram } from '../net/exec.ts';
import { labVariable } from '../processes.ts';
import { runGroup } from './group.ts';
import type { Daemon } from './schema.ts';

/** A database lays out its tables within seconds; this long means that it hangs. */
const prepareMsMax = 50_000;
const privateMode = 0o700;
const placeholder = /\{(dir|host|address)\}/gu;

export interface DaemonHost {
  readonly name: string;
  readonly address: string;
}

export interface DaemonsOptions {
  readonly labId: string;
  readonly plan: Readonly<Record<string, Daemon>>;
  /** The folder of a host's own files. */
  readonly folder: (host: string) => string;
  /** The words to put before a program so that it runs on a host. */
  readonly enter: (host: string) => string[];
}

export class Daemons {
  readonly names: readonly string[];
  readonly #options: DaemonsOptions;
  readonly #over = new AbortController();

  constructor(options: DaemonsOptions) {
    this.#options = options;
    this.names = Object.keys(options.plan);
  }

  /**
   * Makes a host ready for its services: folders, files, and what each runs to its end beforehand.
   * @throws LabError `program-missing` with the package to install, `daemon-failed` with what it said
   */
  async prepare(host: DaemonHost): Promise<void> {
    await Promise.all(
      Object.entries(this.#options.plan).map(async ([name, daemon]) => {
        const dir = this.#dir(host, name);
        mkdirSync(dir, { recursive: true, mode: privateMode });
        for (const [file, content] of Object.entries(daemon.files))
          writeFileSync(join(dir, file), this.#fill(host, name, content));
        if (daemon.as !== undefined) symlinkSync(this.#program(name), join(dir, daemon.as));
        if (daemon.prepare !== undefined) await this.#run(host, name, daemon.prepare);
      }),
    );
  }

  /** Ends what is being prepared. */
  close(): void {
    this.#over.abort();
  }

  /** The words that start a service. @throws LabError `program-missing` */
  argv(host: DaemonHost, name: string): string[] {
    const { run, as } = this.#plan(name);
    const program = as === undefined ? this.#program(name) : join(this.#dir(host, name), as);
    return [program, ...run.slice(1).map((word) => this.#fill(host, name, word))];
  }

  /** What a service finds in its environment. Databases clear the temporary directory of what others have there. */
  env(host: DaemonHost, name: string): NodeJS.ProcessEnv {
    return { TMPDIR: this.#dir(host, name) };
  }

  /** Whether a line of its output says that it serves. A service of which no such line is known serves from its start. */
  isReady(name: string, line?: string): boolean {
    const { ready } = this.#plan(name);
    return ready === undefined || line?.includes(ready) === true;
  }

  #plan(name: string): Daemon {
    const daemon = this.#options.plan[name];
    if (daemon !== undefined) return daemon;
    throw new LabError('unknown-service', `the lab has no service ${name}`, {
      remedy:
        this.names.length === 0
          ? 'name services in the scenario, as lab.services'
          : `name one of: ${this.names.join(', ')}`,
    });
  }

  #program(name: string): string {
    const daemon = this.#plan(name);
    return requireProgram(daemon.run[0] ?? '', daemon.package);
  }

  #dir(host: DaemonHost, name: string): string {
    return join(this.#options.folder(host.name), name);
  }

  #fill(host: DaemonHost, name: string, text: string): string {
    const values = { dir: this.#dir(host, name), host: host.name, address: host.address };
    return text.replaceAll(placeholder, (_, key: keyof typeof values) => values[key]);
  }

  async #run(host: DaemonHost, name: string, argv: readonly string[]): Promise<void> {
    const program = requireProgram(argv[0] ?? '', this.#plan(name).package);
    const words = argv.slice(1).map((word) => this.#fill(host, name, word));
    try {
      await runGroup([...this.#options.enter(host.name), program, ...words], {
        cwd: this.#dir(host, name),
        env: { PATH: labPath(), [labVariable]: this.#options.labId, ...this.env(host, name) },
        msMax: prepareMsMax,
        signal: this.#over.signal,
      });
    } catch (cause) {
      const said = cause instanceof Error ? cause.message : String(cause);
      throw new LabError('daemon-failed', `${name} could not be prepared on ${host.name}: ${said}`, {
        remedy: `correct lab.services.${name}.prepare of the scenario`,
        cause,
      });
    }
  }
}
