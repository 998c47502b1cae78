// How the set-up speaks: one line a step on stderr, because stdout belongs to the command that follows.

/** A step that took longer than this tells how long. */
const ELAPSED_TOLD_MS = 2_000;

/** The one error of the set-up: its message is a sentence for the person in front of the terminal. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode]
   * @param {ErrorOptions} [options]
   */
  constructor(message, exitCode = 1, options) {
    super(message, options);
    this.name = 'SetupError';
    this.exitCode = exitCode;
  }
}

/**
 * @typedef {object} Report
 * @property {(line: string) => void} say  a step, silent under --quiet
 * @property {(line: string) => void} warn  always shown
 * @property {<T>(starting: string, done: string, work: () => Promise<T>) => Promise<T>} step  says `starting`, then
 *   `done` with the elapsed time when that was noticeable
 */

/**
 * @param {boolean} quiet
 * @param {(line: string) => void} [write]
 * @returns {Report}
 */
export function createReport(quiet, write = (line) => void process.stderr.write(`${line}\n`)) {
  const say = (/** @type {string} */ line) => {
    if (!quiet) write(`set-up: ${line}`);
  };
  return {
    say,
    warn: (line) => write(`set-up: ${line}`),
    step: async (starting, done, work) => {
      const startedMs = Date.now();
      say(starting);
      const result = await work();
      const elapsedMs = Date.now() - startedMs;
      if (elapsedMs > ELAPSED_TOLD_MS) say(`${done} in ${(elapsedMs / 1000).toFixed(1)} s`);
      return result;
    },
  };
}
