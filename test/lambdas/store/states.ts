/** Any state that the schema allows, for property tests. */
import * as fc from 'fast-check';
import { type GroupState, groupStateSchema } from '../../../core/wire/item.ts';

const counter = fc.nat();
const instant = fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 });
const hex = (prefix: string) => fc.stringMatching(/^[0-9a-f]{17}$/).map((digits) => `${prefix}-${digits}`);
const node = hex('i');

const member = fc.record(
  {
    boot: instant,
    seq: counter,
    at: instant,
    priority: fc.integer({ min: 1, max: 254 }),
    health: fc.constantFrom('ok', 'fault'),
    bound: fc.boolean(),
    inFabric: fc.boolean(),
    holdMs: fc.nat({ max: 86_400_000 }),
    okSince: instant,
    wavering: fc.boolean(),
    degradedBy: fc.array(fc.string(), { maxLength: 3 }),
    resignedAt: instant,
    banUntil: instant,
    absentEpoch: counter,
    absentLooks: counter,
  },
  { requiredKeys: ['boot', 'seq', 'at', 'priority', 'health', 'bound', 'inFabric', 'holdMs'] },
);

export const anyState: fc.Arbitrary<GroupState> = fc
  .record(
    {
      group: fc.stringMatching(/^[a-z][a-z0-9-]{0,31}$/),
      rev: counter,
      nonce: fc.string(),
      configHash: fc.string(),
      epoch: counter,
      epochFloor: counter,
      holder: fc.option(node),
      phase: fc.constantFrom('vacant', 'held', 'moving'),
      phaseAt: instant,
      reason: fc.string({ unit: 'grapheme' }),
      move: fc.record({ id: counter, attempt: counter, at: instant, inFlight: fc.boolean() }),
      dirtyAt: instant,
      paused: fc.boolean(),
      drained: fc.array(node, { maxLength: 3 }),
      firstReportAt: instant,
      holdDownUntil: instant,
      transfers: counter,
      members: fc.dictionary(node, member, { maxKeys: 8 }),
    },
    {
      requiredKeys: [
        'group',
        'rev',
        'nonce',
        'configHash',
        'epoch',
        'holder',
        'phase',
        'phaseAt',
        'reason',
        'members',
      ],
    },
  )
  .map((state) => groupStateSchema.parse(state));
