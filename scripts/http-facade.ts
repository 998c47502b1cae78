/** A Rolldown plugin that shortens a Lambda's cold start. */
import type { Plugin } from 'rolldown';

const HTTP_MODULES = new Set(['node:http', 'node:https', 'http', 'https']);
const PREFIX = '\0builtin:';
/** What the AWS SDK and middy take from them; a bundle that needs another name fails to build. */
const NAMES = ['Agent', 'request', 'STATUS_CODES'];

/**
 * An ES import of `node:http` makes Node touch every export, and some of these load undici as a whole, which takes
 * tens of milliseconds that nothing in a Lambda needs. Taken from `process.getBuiltinModule`, only the named ones are
 * touched.
 */
export const httpFacade = (): Plugin => ({
  name: 'http-facade',
  resolveId: (id) => (HTTP_MODULES.has(id) ? { id: `${PREFIX}${id.replace('node:', '')}` } : null),
  load: (id) =>
    id.startsWith(PREFIX)
      ? {
          moduleSideEffects: false,
          code: `const builtin = process.getBuiltinModule('node:${id.slice(PREFIX.length)}');
export default builtin;
export const { ${NAMES.join(', ')} } = builtin;
`,
        }
      : null,
});
