/** The errors of the agent: one base, one subclass per thing the agent talks to. */

/**
 * An expected failure of the agent. `code` is stable and kebab-case; `remedy` is a sentence that says what the
 * operator can do about it; `cause` is the error underneath, if there was one.
 */
export class AgentError extends Error {
  override readonly name: string = 'AgentError';
  readonly code: string;
  readonly remedy: string;

  constructor(code: string, message: string, options: { readonly remedy: string; readonly cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy;
  }
}

/**
 * The host refused something: addresses, files, users, programs, the host lock.
 *
 * @example throw new HostError('no-ip-command', 'no ip command', { remedy: 'install iproute2' });
 */
export class HostError extends AgentError {
  override readonly name = 'HostError';
}

/** The instance metadata service did not answer, or not as documented. */
export class ImdsError extends AgentError {
  override readonly name = 'ImdsError';
}

/** The text of whatever was thrown, on one line, for a log field or a check's detail. */
export const messageOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(/\s+/g, ' ').trim();
