/** Turns what DynamoDB and the SDK throw into the arbiter's own errors. */
import { ArbiterError, Misconfigured, StoreUnavailable } from '../errors.ts';

/** Failures that a second try cannot mend, each with what mends it. */
const REMEDIES: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'the table does not exist: check TABLE_NAME and that the arbiter is deployed',
  AccessDeniedException: "the role may not do this to the table: grant it to the function's role",
  UnrecognizedClientException: 'the credentials are not accepted: check the role of the function',
  ValidationException: 'the table refuses the request: its keys must be pk (string) and sk (string)',
  CredentialsProviderError: 'there are no credentials: check the role of the function',
};

/** Throttling, time-outs, refused connections and 5xx all mean the same to an agent: not now. */
export const toStoreFailure = (operation: string, thrown: unknown): ArbiterError => {
  if (thrown instanceof ArbiterError) return thrown;
  const name = thrown instanceof Error ? thrown.name : 'unknown';
  const remedy = REMEDIES[name];
  return remedy === undefined
    ? new StoreUnavailable(`DynamoDB ${operation} failed (${name}): the next heartbeat tries again`, thrown)
    : new Misconfigured(`DynamoDB ${operation}: ${remedy}`, thrown);
};
