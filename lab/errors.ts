/** The one error class of the lab: what went wrong, and what the reader can do about it. */

/**
 * An expected failure of the lab: `code` is stable and kebab-case, `remedy` is a sentence that says what to do.
 *
 * @example throw new LabError('listen-failed', 'cannot listen on port 80', { remedy: 'choose another port', cause });
 */
export class LabError extends Error {
  override readonly name = 'LabError';
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, message: string, options: { remedy: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
  }
}
