/**
 * Proves, against a real DynamoDB server, that the store is what a trivial model of it is: one value for each group, which
 * a write replaces only if its rev is unchanged. Whatever writers do at once, and however many answers are lost on the way.
 */
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStore } from '../../lambdas/store/store.ts';
import { clientOf, startTable, TABLE, type Table } from '../lambdas/table.ts';
import { commands, type Model } from './arbitraries/store-commands.ts';
import { fuzzMsMax, runs } from './runs.ts';

/** A proxy in front of the table that loses the answers it is told to lose. */
class Wire {
  readonly #server: Server;
  /** So many of the next requests are carried out, and their sender never hears of it. */
  loses = 0;

  constructor(target: string) {
    this.#server = createServer((request, response) => {
      const lost = this.loses > 0;
      if (lost) this.loses -= 1;
      const options = { method: 'POST', headers: request.headers };
      const forwarded = httpRequest(target, options, (answer) => {
        response.writeHead(lost ? 500 : (answer.statusCode ?? 500), lost ? {} : answer.headers);
        if (!lost) return answer.pipe(response);
        answer.resume();
        return answer.once('end', () => response.end());
      });
      request.pipe(forwarded);
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

let table: Table;
let wire: Wire;
let endpoint: string;

beforeAll(async () => {
  table = await startTable();
  wire = new Wire(table.endpoint);
  endpoint = await wire.listen();
});
afterAll(async () => {
  wire.close();
  await table.close();
});

describe('the store', () => {
  it(
    'agrees with its model after any commands of any writers, and counts each group once',
    async () => {
      let histories = 0;
      let groups = 0;
      await fc.assert(
        fc.asyncProperty(commands, async (history) => {
          histories += 1;
          const model: Model = { group: `group-${histories}`, truth: undefined, copies: [] };
          // A client of its own: after many lost answers the SDK would stop repeating anything.
          const client = clientOf(endpoint);
          const store = createStore({ client, tableName: TABLE });
          const loseAnswers = (count: number): void => {
            wire.loses = count;
          };
          try {
            await fc.asyncModelRun(() => ({ model, real: { store, loseAnswers } }), history);
            groups += model.truth === undefined ? 0 : 1;
            expect((await store.brake.load()).groups).toBe(groups);
          } finally {
            wire.loses = 0;
            client.destroy();
          }
        }),
        runs(25),
      );
    },
    fuzzMsMax,
  );
});
