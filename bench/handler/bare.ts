/** The same two DynamoDB calls without the SDK and without the handler: the part of a heartbeat that is the table's. */
import { Agent, request } from 'node:http';
import type { Attributes } from '../../core/wire/attributes.ts';
import { BenchError } from '../errors.ts';
import { type Spread, spreadOf } from '../statistics.ts';

const WARM_UPS = 300;
const PAIRS = 1500;
const CALL_MS_MAX = 5000;
/** Dynoxide reads the header's form and checks no signature. */
const CREDENTIAL = 'Credential=BENCH/20261120/us-east-1/dynamodb/aws4_request';
const AUTHORIZATION = `AWS4-HMAC-SHA256 ${CREDENTIAL}, SignedHeaders=host;x-amz-date;x-amz-target, Signature=00`;

const post = (endpoint: string, agent: Agent, operation: string, document: object): Promise<void> => {
  const body = JSON.stringify(document);
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
    'x-amz-target': `DynamoDB_20120810.${operation}`,
    'x-amz-date': '20261120T000000Z',
    authorization: AUTHORIZATION,
  };
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const options = { method: 'POST', agent, headers, signal: AbortSignal.timeout(CALL_MS_MAX) };
  const outgoing = request(endpoint, options, (incoming) => {
    incoming.resume();
    incoming.once('error', reject);
    incoming.once('end', () => {
      if (incoming.statusCode === 200) resolve();
      else reject(new BenchError(`${operation} was answered with ${incoming.statusCode}`));
    });
  });
  outgoing.once('error', reject);
  outgoing.end(body);
  return promise;
};

/**
 * Reads and conditionally replaces the group's item again and again.
 * @param item as it is now; its rev rises by one with each pair of calls
 * @returns milliseconds of a read and a write together
 */
export const measureBareCalls = async (endpoint: string, item: Attributes): Promise<Spread> => {
  const { pk, sk, rev } = item;
  if (pk === undefined || sk === undefined || rev?.N === undefined)
    throw new BenchError('the item has no rev');
  const agent = new Agent({ keepAlive: true });
  const TableName = 'keepaloft';
  const took: number[] = [];
  let current = Number(rev.N);
  try {
    for (let pair = -WARM_UPS; pair < PAIRS; pair += 1) {
      const startMs = performance.now();
      await post(endpoint, agent, 'GetItem', { TableName, ConsistentRead: true, Key: { pk, sk } });
      await post(endpoint, agent, 'PutItem', {
        TableName,
        Item: { ...item, rev: { N: String(current + 1) } },
        ConditionExpression: 'rev = :rev',
        ExpressionAttributeValues: { ':rev': { N: String(current) } },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      current += 1;
      if (pair >= 0) took.push(performance.now() - startMs);
    }
  } finally {
    agent.destroy();
  }
  return spreadOf(took);
};
