/** Proves that whatever is sent to the arbiter is answered as documented: never a 500, and nothing written for what is refused. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, it } from 'vitest';
import {
  BODY_BYTES_MAX,
  errorBodySchema,
  heartbeatRequestSchema,
  heartbeatResponseSchema,
} from '../../core/wire/heartbeat.ts';
import type { Fabric } from '../../lambdas/fabric/fabric.ts';
import { createHandler } from '../../lambdas/heartbeat/handler.ts';
import type { HttpAnswer } from '../../lambdas/http/respond.ts';
import { createStore } from '../../lambdas/store/store.ts';
import { testDeps } from '../lambdas/deps.ts';
import { config, eniA, nodeA } from '../lambdas/fixtures.ts';
import { context, eventOf, heartbeat } from '../lambdas/heartbeat/events.ts';
import { startTable, TABLE, type Table } from '../lambdas/table.ts';
import { accepted } from './arbitraries/of-schema.ts';
import { changedAt, spoiled } from './arbitraries/spoiled.ts';
import { fuzzMsMax, runs } from './runs.ts';

const GROUPS = ['mysql', 'redis'];
const environment = { tableName: TABLE, logLevel: 'INFO', memberRoles: ['KeepaloftMember'] } as const;

/** A fabric that does at once what it is told. */
const obedient: Fabric = {
  kind: 'secondary-ip',
  plan: () => [],
  apply: async ({ vips }) => vips.map(({ address }) => ({ address, ok: true })),
  observe: async (vips) => vips.map(({ address }) => ({ address, owner: eniA })),
  validate: async () => [],
};

let table: Table;
let handler: ReturnType<typeof createHandler>;

beforeAll(async () => {
  table = await startTable();
  const deps = testDeps(createStore({ client: table.client, tableName: TABLE }), obedient);
  handler = createHandler(() => ({ environment, deps }));
  for (const group of GROUPS) await deps.store.putConfig({ ...config, group });
});
afterAll(() => table.close());

const itemsNow = async (): Promise<string> =>
  (await Promise.all(GROUPS.map((group) => table.raw(group, 'state')))).join('\n');

/** A 200 has a result for each group; anything else is the caller's fault, says so in the documented form, and wrote nothing. */
const isDocumented = (answer: HttpAnswer, before: string, now: string): boolean => {
  const body: unknown = JSON.parse(answer.body);
  if (answer.statusCode === 200) return heartbeatResponseSchema.safeParse(body).success;
  const error = errorBodySchema.safeParse(body);
  return (
    answer.statusCode >= 400 &&
    answer.statusCode < 500 &&
    error.success &&
    error.data.error.message !== '' &&
    before === now
  );
};

const tells = async (signer: string, body: string, base64 = false): Promise<boolean> => {
  const before = await itemsNow();
  const answer = await handler(eventOf(signer, body, base64), context);
  return isDocumented(answer, before, await itemsNow());
};

/** Any UTF-16 unit, halves of pairs too. */
const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));
/** JSON with its end cut off. */
const cutShort = (json: string): string => json.slice(0, -1);

let boots = 0;
/** The same request of an agent that has been started anew: it is never an old one. */
const risen = (request: unknown): string => {
  boots += 1;
  return JSON.stringify(changedAt(request, ['boot'], (old) => (typeof old === 'number' ? boots : old))) ?? '';
};

/** Requests that the schema accepts, by a member about groups that exist, most of them. */
const requests = fc
  .tuple(accepted(heartbeatRequestSchema), fc.array(fc.constantFrom(...GROUPS, 'mongodb')), fc.boolean())
  .map(([request, names, member]) => {
    const named = names.reduce(
      (document: unknown, name, index) => changedAt(document, ['groups', index, 'name'], () => name),
      request,
    );
    return member ? changedAt(named, ['node'], () => nodeA) : named;
  });

describe('any request', { timeout: fuzzMsMax }, () => {
  it('that is no JSON at all', async () => {
    const bodies = fc.oneof(
      fc.string({ unit: anyUnit }),
      fc.json().map(cutShort),
      fc.constant('[['.repeat(4000)),
    );
    await fc.assert(
      fc.asyncProperty(bodies, fc.boolean(), (body, base64) => tells(nodeA, body, base64)),
      runs(60),
    );
  });

  it('that is base64 of any bytes, or is said to be and is not', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, honest) => {
        const before = await itemsNow();
        const body = Buffer.from(bytes).toString(honest ? 'base64' : 'latin1');
        const answer = await handler({ ...eventOf(nodeA, ''), body, isBase64Encoded: true }, context);
        return isDocumented(answer, before, await itemsNow());
      }),
      runs(60),
    );
  });

  it('that is JSON but no heartbeat', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json({ maxDepth: 4 }), (body) => tells(nodeA, body)),
      runs(60),
    );
  });

  it('that is a heartbeat, of whom and about what ever', async () => {
    await fc.assert(
      fc.asyncProperty(requests, (request) => tells(nodeA, risen(request))),
      runs(80),
    );
  });

  it('that is a heartbeat with one thing wrong', async () => {
    await fc.assert(
      fc.asyncProperty(spoiled(requests), (request) => tells(nodeA, risen(request))),
      runs(150),
    );
  });

  it('that was signed by whomever', async () => {
    const arns = fc.oneof(
      fc.string(),
      fc.stringMatching(/^arn:aws:sts::\d{12}:assumed-role\/\w{1,9}\/i-[0-9a-f]{17}$/),
    );
    await fc.assert(
      fc.asyncProperty(arns, async (userArn) => {
        const event = eventOf(nodeA, JSON.stringify(heartbeat()));
        event.requestContext.authorizer.iam.userArn = userArn;
        const before = await itemsNow();
        const answer = await handler(event, context);
        return answer.statusCode === 403 && isDocumented(answer, before, await itemsNow());
      }),
      runs(60),
    );
  });

  it('that is larger than what is taken, however it is encoded', async () => {
    const sizes = fc.integer({ min: BODY_BYTES_MAX + 1, max: 3 * BODY_BYTES_MAX });
    await fc.assert(
      fc.asyncProperty(sizes, fc.boolean(), async (bytes, base64) => {
        const answer = await handler(eventOf(nodeA, ' '.repeat(bytes), base64), context);
        return answer.statusCode === 413;
      }),
      runs(20),
    );
  });
});
