// Proves what the SDK sends to EventBridge, and that an event which is refused inside a successful answer is a failure. The end here only records.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBus, createEventBridgeClient, PutRefused } from '../../../lambdas/publish/bus.ts';
import { brakeEngaged } from '../../../lambdas/publish/published.ts';

let server: Server;
let answer: unknown;
let received: { target: string | undefined; body: unknown }[];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const target = request.headers['x-amz-target'];
      received.push({
        target: typeof target === 'string' ? target : undefined,
        body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown,
      });
      response.setHeader('content-type', 'application/x-amz-json-1.1');
      response.end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  received = [];
  answer = { FailedEntryCount: 0, Entries: [{ EventId: '1' }] };
});

const bus = () => {
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' };
  const endpoint = `http://127.0.0.1:${port}`;
  return createBus(createEventBridgeClient({ endpoint, region: 'us-east-1', credentials }), 'default');
};
const event = brakeEngaged('Ha', 5, 'many');

describe('the bus', () => {
  it('is sent one entry: source, kind and detail', async () => {
    await bus().put(event);
    expect(received).toEqual([
      {
        target: 'AWSEvents.PutEvents',
        body: {
          Entries: [
            {
              EventBusName: 'default',
              Source: 'keepaloft',
              DetailType: 'Keepaloft Brake Engaged',
              Detail: JSON.stringify(event.detail),
            },
          ],
        },
      },
    ]);
  });

  it('that refuses the event is a failure, with its reason', async () => {
    answer = { FailedEntryCount: 1, Entries: [{ ErrorCode: 'NotAuthorized', ErrorMessage: 'no' }] };
    await expect(bus().put(event)).rejects.toThrow(PutRefused);
    await expect(bus().put(event)).rejects.toThrow('NotAuthorized');
  });
});
