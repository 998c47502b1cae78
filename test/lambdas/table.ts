/** A real DynamoDB-compatible server (dynoxide) with one empty table, for tests that must see real conditions. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { CreateTableCommand, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { createDynamoClient } from '../../lambdas/store/client.ts';

const BINARY = fileURLToPath(new URL('../../node_modules/@dynoxide/linux-x64/dynoxide', import.meta.url));
export const TABLE = 'keepaloft';
const READY_TRIES_MAX = 200;

export interface Table {
  readonly client: DynamoDBClient;
  readonly endpoint: string;
  /** The item as stored, for comparisons byte by byte. */
  raw(pk: string, sk: string): Promise<string>;
  close(): Promise<void>;
}

/** The server answers an item's attributes in any order; two texts shall differ only if the items do. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const sorted = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, entry]) => [key, canonical(entry)]));
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** A client as a Lambda has it, towards a given endpoint. */
export const clientOf = (endpoint: string): DynamoDBClient =>
  createDynamoClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
  });

const createTable = async (client: DynamoDBClient): Promise<void> => {
  const command = new CreateTableCommand({
    TableName: TABLE,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
  });
  for (let tries = 1; ; tries += 1) {
    try {
      await client.send(command);
      return;
    } catch (error) {
      if (tries >= READY_TRIES_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
};

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

/** Starts the server in memory on a free port of loopback and creates the table. */
export const startTable = async (): Promise<Table> => {
  const port = await freePort();
  const child = spawn(BINARY, ['serve', '--port', String(port)], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  const client = clientOf(endpoint);
  const close = async (): Promise<void> => {
    client.destroy();
    child.kill('SIGKILL');
    await ended(child);
  };
  try {
    await createTable(client);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    client,
    endpoint,
    close,
    async raw(pk, sk) {
      const Key = { pk: { S: pk }, sk: { S: sk } };
      const { Item } = await client.send(new GetItemCommand({ TableName: TABLE, Key, ConsistentRead: true }));
      return JSON.stringify(canonical(Item));
    },
  };
};
