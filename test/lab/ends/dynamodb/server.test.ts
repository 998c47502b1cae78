// Proves that the AWS SDK works through the proxy against dynoxide, that faults strike as told, and that nothing is left running.
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LabClock } from '../../../../lab/ends/clock.ts';
import { dynoxidePath } from '../../../../lab/ends/dynamodb/dynoxide.ts';
import { DynamoEnd } from '../../../../lab/ends/dynamodb/server.ts';

const hasDynoxide = (() => {
  try {
    return dynoxidePath() !== '';
  } catch {
    return false;
  }
})();

describe.runIf(hasDynoxide)('DynamoDB end', () => {
  const end = new DynamoEnd({ clock: new LabClock() });
  let client: DynamoDBClient;

  beforeAll(async () => {
    await end.start();
    await end.createTable();
    client = new DynamoDBClient({
      region: 'us-east-1',
      endpoint: end.endpoint,
      maxAttempts: 1,
      credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' },
    });
  });
  afterAll(async () => {
    client.destroy();
    await end.close();
  });

  const put = (rev: number, ifRev?: number) =>
    client.send(
      new PutItemCommand({
        TableName: 'keepaloft',
        Item: { pk: { S: 'group#mysql' }, sk: { S: 'state' }, rev: { N: String(rev) } },
        ...(ifRev === undefined
          ? {}
          : {
              ConditionExpression: 'rev = :rev',
              ExpressionAttributeValues: { ':rev': { N: String(ifRev) } },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            }),
      }),
    );
  const get = async () => {
    const Key = { pk: { S: 'group#mysql' }, sk: { S: 'state' } };
    const { Item } = await client.send(
      new GetItemCommand({ TableName: 'keepaloft', Key, ConsistentRead: true }),
    );
    return Item?.['rev']?.N;
  };

  it('stores, reads and compares, and gives the old item when the comparison fails', async () => {
    await put(1);
    await put(2, 1);
    expect(await get()).toBe('2');
    await expect(put(3, 1)).rejects.toMatchObject({
      name: 'ConditionalCheckFailedException',
      Item: { rev: { N: '2' } },
    });
    expect(end.counts()['PutItem']).toMatchObject({ calls: 3, refused: 0 });
    expect(end.counts()['GetItem']?.responseBytes).toBeGreaterThan(0);
  });

  it('throttles one operation and leaves the other', async () => {
    end.fault({ kind: 'throttle', target: 'PutItem' });
    await expect(put(9)).rejects.toMatchObject({
      name: 'ProvisionedThroughputExceededException',
      $metadata: { httpStatusCode: 400 },
    });
    expect(await get()).toBe('2');
    end.heal();
  });

  it('fails everything for a time', async () => {
    end.fault({ kind: 'error', forMs: 60 });
    await expect(get()).rejects.toMatchObject({
      name: 'InternalServerError',
      $metadata: { httpStatusCode: 500 },
    });
    await expect.poll(() => get().catch(() => 'failed')).toBe('2');
  });

  it('strikes about the asked share of the calls', async () => {
    end.fault({ kind: 'error', percent: 50 });
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => get().catch(() => 'failed')));
    end.heal();
    const failed = outcomes.filter((one) => one === 'failed').length;
    expect(failed).toBeGreaterThan(10);
    expect(failed).toBeLessThan(50);
  });

  it('leaves no process behind', async () => {
    const other = new DynamoEnd({ clock: new LabClock() });
    await other.start();
    const at = other.directEndpoint;
    expect((await fetch(at)).status).toBeGreaterThan(0);
    await other.close();
    await expect(fetch(at)).rejects.toThrow('fetch failed');
  });
});
