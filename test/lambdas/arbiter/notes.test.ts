// Proves that decisions are kept beside the work: begun when the fabric call is under way, and never in the way of an answer.
import { describe, expect, it } from 'vitest';
import type { GroupEvent } from '../../../core/election/types.ts';
import { epochMs } from '../../../core/time.ts';
import { createNotes } from '../../../lambdas/arbiter/notes.ts';
import { StoreUnavailable } from '../../../lambdas/errors.ts';
import { createEc2Client } from '../../../lambdas/fabric/ec2/client.ts';
import { createFabrics } from '../../../lambdas/fabric/fabrics.ts';
import type { Bus } from '../../../lambdas/publish/bus.ts';
import { brakeEngaged } from '../../../lambdas/publish/published.ts';
import type { Decided } from '../../../lambdas/store/events.ts';
import type { Store } from '../../../lambdas/store/store.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { testDeps } from '../deps.ts';
import { nodeA, nodeB } from '../fixtures.ts';
import { clientOf, TABLE } from '../table.ts';

const noFabric = createFabrics(createEc2Client({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' }))(
  'secondary-ip',
);
/** No table behind it: only what is written here matters. */
const noStore = createStore({ client: clientOf('http://127.0.0.1:1'), tableName: TABLE });
const depsWith = (put: Store['events']['put']) =>
  testDeps({ ...noStore, events: { ...noStore.events, put } }, noFabric);

const decided = (type: GroupEvent['type'], rev = 1): Decided => ({
  rev,
  place: 0,
  event: { type, group: 'mysql', epoch: 2, from: nodeA, to: nodeB, reason: 'silence', at: epochMs(1) },
});

describe('notes', () => {
  it('are not sent before they may be, then all at once', async () => {
    const sent: string[] = [];
    const notes = createNotes(
      depsWith(async ({ event }) => {
        sent.push(event.type);
      }),
    );
    notes.add(decided('transfer'));
    notes.add(decided('operator'));
    expect(sent).toEqual([]);
    notes.begin();
    expect(sent).toEqual(['transfer', 'operator']);
    notes.add(decided('committed', 2));
    await notes.settled();
    expect(sent).toEqual(['transfer', 'operator', 'committed']);
  });

  it('leave refused claims to the log: they are made again and again', async () => {
    const sent: string[] = [];
    const notes = createNotes(
      depsWith(async ({ event }) => {
        sent.push(event.type);
      }),
    );
    notes.add(decided('claim-refused'));
    await notes.settled();
    expect(sent).toEqual([]);
  });

  it('that cannot be written fail nothing: they are logged and counted', async () => {
    const deps = depsWith(() => Promise.reject(new StoreUnavailable('DynamoDB PutItem failed')));
    const notes = createNotes(deps);
    notes.add(decided('transfer'));
    await notes.settled();
    expect(deps.lines).toMatchObject([
      { level: 'warn', message: 'event-not-kept', fields: { group: 'mysql', epoch: 2, type: 'transfer' } },
    ]);
    expect(deps.counted).toEqual([{ name: 'HistoryErrors', value: 1, group: 'mysql' }]);
  });

  it('that hang hold up no answer', async () => {
    const notes = createNotes(depsWith(() => new Promise(() => undefined)));
    notes.add(decided('committed'));
    await notes.settled();
  });
});

describe('what is published', () => {
  const event = brakeEngaged('Ha', 1, 'many');
  const withBus = (put: Bus['put']) => ({ ...depsWith(async () => undefined), bus: { put } });

  it('is not sent before it may be, then at once', async () => {
    const sent: string[] = [];
    const notes = createNotes(withBus(async ({ detailType }) => void sent.push(detailType)));
    notes.addPublished(event, { group: 'mysql' });
    expect(sent).toEqual([]);
    notes.begin();
    expect(sent).toEqual(['Keepaloft Brake Engaged']);
    await notes.settled();
    expect(sent).toHaveLength(1);
  });

  it('and cannot be, fails nothing: it is logged and counted', async () => {
    const deps = withBus(() => Promise.reject(new Error('no bus')));
    const notes = createNotes(deps);
    notes.addPublished(event, { group: 'mysql', epoch: 2 });
    await notes.settled();
    expect(deps.lines).toMatchObject([
      {
        level: 'warn',
        message: 'event-not-published',
        fields: { group: 'mysql', epoch: 2, reason: 'no bus' },
      },
    ]);
    expect(deps.counted).toEqual([{ name: 'PublishErrors', value: 1, group: 'mysql' }]);
  });

  it('and hangs, holds up no answer; where nobody waits for one it is awaited', async () => {
    let arrive: () => void = () => undefined;
    const notes = createNotes(withBus(() => new Promise((resolve) => (arrive = resolve))));
    notes.addPublished(event, { group: 'mysql' });
    await notes.settled();
    let settled = false;
    const patient = notes.settled(true).then(() => (settled = true));
    await new Promise(setImmediate);
    expect(settled).toBe(false);
    arrive();
    await patient;
  });

  it('goes nowhere without a bus', async () => {
    const deps = depsWith(async () => undefined);
    const notes = createNotes(deps);
    notes.addPublished(event, { group: 'mysql' });
    await notes.settled();
    expect([deps.lines, deps.counted]).toEqual([[], []]);
  });
});
