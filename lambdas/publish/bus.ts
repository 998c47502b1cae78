/** Puts events on an EventBridge bus. */
import { Agent as HttpsAgent } from 'node:https';
import {
  EventBridgeClient,
  type EventBridgeClientConfig,
  PutEventsCommand,
} from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE, type Published } from '../../core/wire/published.ts';

const ATTEMPTS_MAX = 2;
const CONNECT_MS_MAX = 500;
const REQUEST_MS_MAX = 2000;

export interface Bus {
  /** @throws what the SDK throws, or PutRefused */
  put(event: Published): Promise<void>;
}

/** EventBridge took the request and refused the event in it. */
export class PutRefused extends Error {
  override readonly name = 'PutRefused';
}

/** @param overrides for tests; a Lambda gets everything from its environment */
export const createEventBridgeClient = (overrides: EventBridgeClientConfig = {}): EventBridgeClient =>
  new EventBridgeClient({
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: {
      connectionTimeout: CONNECT_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      throwOnRequestTimeout: true,
      httpsAgent: new HttpsAgent({ keepAlive: true }),
    },
    ...overrides,
  });

/** @param busName its name or ARN */
export const createBus = (client: EventBridgeClient, busName: string): Bus => ({
  async put({ detailType, detail }) {
    const entry = {
      EventBusName: busName,
      Source: EVENT_SOURCE,
      DetailType: detailType,
      Detail: JSON.stringify(detail),
    };
    const { FailedEntryCount = 0, Entries } = await client.send(new PutEventsCommand({ Entries: [entry] }));
    if (FailedEntryCount === 0) return;
    const { ErrorCode = 'unknown', ErrorMessage = '' } = Entries?.[0] ?? {};
    throw new PutRefused(`EventBridge refused the event (${ErrorCode}): ${ErrorMessage}`);
  },
});
