/** A Rolldown plugin that leaves out of a Lambda what it can never use. */
import type { Plugin } from 'rolldown';

const CHAIN = '@aws-sdk/credential-provider-node';
const VIRTUAL = '\0lambda-credentials';

/**
 * Every client of the AWS SDK imports the whole chain of credentials: profiles, single sign-on, the metadata service, and clients of
 * STS and SSO. Lambda hands a function its role's credentials by the environment, the first link, and the rest, about 75 KB of it,
 * would be read at each cold start for nothing. Where they are missing the error says so.
 */
export const credentialsFacade = (): Plugin => ({
  name: 'credentials-facade',
  resolveId: (id) => (id === CHAIN ? { id: VIRTUAL } : null),
  load: (id) =>
    id === VIRTUAL
      ? {
          moduleSideEffects: false,
          code: `import { fromEnv } from '@aws-sdk/credential-provider-env';
export const defaultProvider = () => fromEnv();
`,
        }
      : null,
});
