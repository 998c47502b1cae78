// Proves what is told of how long a change of holder took, and that darkness is told only where it is known.
import { describe, expect, it } from 'vitest';
import type { GroupEvent } from '../../../core/election/types.ts';
import { epochMs } from '../../../core/time.ts';
import { createMeasures } from '../../../lambdas/arbiter/measures.ts';
import type { GaugeName } from '../../../lambdas/arbiter/metrics.ts';
import { nodeA, nodeB } from '../fixtures.ts';

const AT = 1_800_000_000_000;
const event = (type: GroupEvent['type'], afterMs: number, fields: Partial<GroupEvent> = {}): GroupEvent => ({
  type,
  group: 'mysql',
  epoch: 5,
  from: nodeA,
  to: nodeB,
  reason: 'silence',
  at: epochMs(AT + afterMs),
  ...fields,
});
const transfer = (reason: string, detail: GroupEvent['detail'] = { lastBeatAgeMs: 3100 }) =>
  event('transfer', 0, { reason, ...(detail === undefined ? {} : { detail }) });
const committed = event('committed', 900, { detail: { moveMs: 250, attempt: 2 } });

/** What is told of these events. */
const told = (...events: GroupEvent[]) => {
  const lines: { values: Partial<Record<GaugeName, number>>; group?: string | undefined }[] = [];
  const metrics = {
    count: () => undefined,
    tell: (values: object, group?: string) => lines.push({ values, group }),
  };
  const measures = createMeasures(metrics);
  for (const one of events) measures.add(one);
  return lines;
};

describe('measures', () => {
  it.each(['silence', 'stopped', 'terminated', 'target-silent', 'target-gone'])(
    'of a holder that had ended (%s): from its last heartbeat to the commit, all attempts included',
    (reason) => {
      expect(told(transfer(reason), event('move-failed', 400), committed)).toEqual([
        { values: { FabricMs: 250, OutageMs: 4000 }, group: 'mysql' },
      ]);
    },
  );

  it.each(['resign', 'fault', 'operator', 'preempt', 'stopping'])(
    'of one that served until the end (%s): only what the fabric took',
    (reason) => {
      expect(told(transfer(reason), committed)).toEqual([{ values: { FabricMs: 250 }, group: 'mysql' }]);
    },
  );

  it('of a commit whose decision another invocation made, or another epoch’s: only what the fabric took', () => {
    const values = { FabricMs: 250 };
    expect(told(committed)).toEqual([{ values, group: 'mysql' }]);
    expect(told({ ...transfer('silence'), epoch: 4 }, committed)).toEqual([{ values, group: 'mysql' }]);
    expect(told(transfer('silence', {}), committed)).toEqual([{ values, group: 'mysql' }]);
  });

  it('of everything else nothing', () => {
    expect(told(transfer('silence'), event('move-stale', 1), event('operator', 2))).toEqual([]);
  });
});
