// Proves that decisions are kept beside the work: begun when the fabric call is under way, and never in the way of an answer.
import { describe, expect, it } from 'vitest';
import type { GroupEvent } from '../../../core/election/types.ts';
import { epochMs } from '../../../core/time.ts';
import { createNotes } from '../../../lambdas/arbiter/notes.ts';
import { StoreUnavailable } from '../../../lambdas/errors.ts';
import { createEc2Client } from '../../../lambdas/fabric/secondary-ip/client.ts';
import { createSecondaryIp } from '../../../lambdas/fabric/secondary-ip/driver.ts';
import type { Decided } from '../../../lambdas/store/events.ts';
import type { Store } from '../../../lambdas/store/store.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { testDeps } from '../deps.ts';
import { nodeA, nodeB } from '../fixtures.ts';
import { clientOf, TABLE } from '../table.ts';

const noFabric = createSecondaryIp(createEc2Client({ endpoint: 'http://127.0.0.1:1', region: 'us-east-1' }));
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
