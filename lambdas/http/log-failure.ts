import type { Deps } from '../arbiter/deps.ts';
import type { ArbiterError } from '../errors.ts';

/** A refusal is the caller's affair (warn); a failure is ours (error) and its cause is worth the whole line. */
export const logFailure = (
  error: ArbiterError,
  about: Readonly<Record<string, unknown>>,
  deps: Pick<Deps, 'logger'>,
): void => {
  const fields = { code: error.code, reason: error.message, ...about };
  if (error.status < 500) deps.logger.warn('refused', fields);
  else deps.logger.error('failed', { ...fields, cause: error.cause });
};
