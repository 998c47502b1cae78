/**
 * Proves, against a real DynamoDB server, that the store is what a trivial model of it is: one value for each group, which
 * a write replaces only if its rev is unchanged. Whatever writers do at once, and however many answers are lost on the way.
 */
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createStore, type Store } from '../../lambdas/store/store.ts';
import { clientOf, startTable, TABLE, type Table } from '../lambdas/table.ts';
import { commands, type Model } from './arbitraries/store-commands.ts';
import { fuzzMsMax, runs } from './runs.ts';

/** A proxy in front of the table that loses the answers it is told to lose. */
class Wire {
  readonly #server: Server;
  /** The next request is carried out, and its sender never hears of it. */
  losesNext = false;

  constructor(target: string) {
    this.#server = createServer((request, response) => {
      const lost = this.losesNext;
      this.losesNext = false;
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
let store: Store;

beforeAll(async () => {
  table = await startTable();
  wire = new Wire(table.endpoint);
  store = createStore({ client: clientOf(await wire.listen()), tableName: TABLE });
});
afterAll(async () => {
  wire.close();
  await table.close();
});

describe('the store', () => {
  it(
    'agrees with its model after any commands of any writers',
    async () => {
      let groups = 0;
      await fc.assert(
        fc.asyncProperty(commands, async (sequence) => {
          groups += 1;
          const model: Model = { group: `group-${groups}`, truth: undefined, copies: [] };
          await fc.asyncModelRun(
            () => ({ model, real: { store, loseNextAnswer: () => (wire.losesNext = true) } }),
            sequence,
          );
        }),
        runs(25),
      );
    },
    fuzzMsMax,
  );
});
