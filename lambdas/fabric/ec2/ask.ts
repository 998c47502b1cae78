/** Questions to EC2: journalled, all pages of an answer, and a failure that is never mistaken for an empty one. */
import { FabricError, type FabricScope } from '../fabric.ts';
import { classify } from './classify.ts';

/** An answer about what one group stands on is a handful of things; more pages than these are a defect, not data. */
const PAGES_MAX = 4;

interface Page<T> {
  readonly found: readonly T[] | undefined;
  readonly next: string | undefined;
}

/** @throws FabricError with EC2's own code */
export const asked = async <T>(action: string, scope: FabricScope, call: () => Promise<T>): Promise<T> => {
  const startMs = performance.now();
  const journal = (code: string): void =>
    scope.onCall({ action, ms: Math.round(performance.now() - startMs), ok: code === 'ok', code });
  try {
    const answer = await call();
    journal('ok');
    return answer;
  } catch (thrown) {
    const { code, message } = classify(thrown);
    journal(code);
    throw new FabricError(code, `${action} failed: ${message}`, thrown);
  }
};

/** @param read asks for one page; the token is absent for the first one. @throws FabricError */
export const askedPages = async <T>(
  action: string,
  scope: FabricScope,
  read: (more: { readonly NextToken?: string }) => Promise<Page<T>>,
): Promise<T[]> => {
  const found: T[] = [];
  let more: { readonly NextToken?: string } = {};
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await asked(action, scope, () => read(more));
    found.push(...(answer.found ?? []));
    if (answer.next === undefined || answer.next === '') return found;
    more = { NextToken: answer.next };
  }
  throw new FabricError('UnexpectedAnswer', `${action} has more than ${PAGES_MAX} pages`);
};
