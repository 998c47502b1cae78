import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { EC2Client, type EC2ClientConfig } from '@aws-sdk/client-ec2';

const CONNECT_MS_MAX = 1000;
const REQUEST_MS_MAX = 3000;

/**
 * More than are ever called at once: a call that waits here for a connection has passed its guard already, and would be
 * sent whenever one is free.
 */
const CONNECTIONS_MAX = 64;

const agentOptions = { keepAlive: true, maxSockets: CONNECTIONS_MAX };

/**
 * The EC2 client of the fabric drivers. The SDK never retries: its retries know nothing of `abortAt`, and one of them
 * waking up late would steal a VIP.
 */
export const createEc2Client = (overrides: EC2ClientConfig = {}): EC2Client =>
  new EC2Client({
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: CONNECT_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent(agentOptions),
      httpsAgent: new HttpsAgent(agentOptions),
    },
    ...overrides,
  });
