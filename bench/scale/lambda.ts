/** The function of a story: environments that serve one request at a time, start cold, and are not without number. */
import { type Handler, loadArtefact } from '../handler/artefact.ts';
import { COLD_START_MS } from './assumptions.ts';
import type { StoryClock } from './story-clock.ts';

export class LambdaFunction {
  readonly #clock: StoryClock;
  /** Loaded before the story begins; none has been used yet. */
  readonly #cold: Handler[];
  /** Free ones, the last used last: the warmest is taken first. */
  readonly #idle: Handler[] = [];
  #started = 0;

  private constructor(clock: StoryClock, environments: Handler[]) {
    this.#clock = clock;
    this.#cold = environments;
  }

  static async load(path: string, environments: number, clock: StoryClock): Promise<LambdaFunction> {
    const loaded: Handler[] = [];
    for (let index = 0; index < environments; index += 1)
      loaded.push(await loadArtefact(path, String(index)));
    return new LambdaFunction(clock, loaded);
  }

  /** Environments that were needed so far. */
  get started(): number {
    return this.#started;
  }

  /** Runs work in an environment; undefined when all are busy and there may be no more. */
  async invoke<T>(work: (handler: Handler) => Promise<T>): Promise<T | undefined> {
    const environment = this.#idle.pop() ?? (await this.#start());
    if (environment === undefined) return undefined;
    const result = await work(environment);
    this.#idle.push(environment);
    return result;
  }

  async #start(): Promise<Handler | undefined> {
    const environment = this.#cold.pop();
    if (environment === undefined) return undefined;
    this.#started += 1;
    await this.#clock.pause(COLD_START_MS);
    return environment;
  }
}
