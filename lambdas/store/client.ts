/** The DynamoDB client as the arbiter needs it: warm connections, and no call that eats a Lambda's time. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

/** One retry: a second one would come later than the agent's own next heartbeat. */
const ATTEMPTS_MAX = 2;
const CONNECT_MS_MAX = 500;
const REQUEST_MS_MAX = 1000;
/** All groups of one request (at most 32) read and write at once. */
const SOCKETS_MAX = 64;

const agentOptions = { keepAlive: true, maxSockets: SOCKETS_MAX };

/**
 * @param overrides for tests and for the operator's machine; a Lambda gets everything from its environment
 *   (region, credentials, `AWS_ENDPOINT_URL_DYNAMODB`)
 */
export const createDynamoClient = (overrides: DynamoDBClientConfig = {}): DynamoDBClient =>
  new DynamoDBClient({
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: {
      connectionTimeout: CONNECT_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent(agentOptions),
      httpsAgent: new HttpsAgent(agentOptions),
    },
    ...overrides,
  });
