/** Events as the arbiter publishes them, for tests of who is told and how. */
import { type Happening, parseHappenings } from '../../../lambdas/notify/event.ts';
import { nodeA, nodeB, VIP } from '../fixtures.ts';

/** A failover by silence, as EventBridge delivers it. */
export const published = (detail: object = {}, type = 'Group State Change'): Record<string, unknown> => ({
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': `Keepaloft ${type}`,
  source: 'keepaloft',
  account: '111122223333',
  time: '2026-11-28T08:14:05Z',
  region: 'ap-southeast-1',
  resources: [],
  detail: {
    version: '1',
    arbiter: 'Keepaloft-Arbiter',
    group: 'mysql',
    epoch: 47,
    previousEpoch: 46,
    phase: 'held',
    from: { instanceId: nodeA, az: 'ap-southeast-1a', state: 'SILENT' },
    to: { instanceId: nodeB, az: 'ap-southeast-1b', state: 'MASTER' },
    reason: 'silence',
    cause: {},
    vips: [{ address: VIP, fabric: 'secondary-ip' }],
    timings: { detectMs: 3010, decideMs: 12, hookMs: null, fabricMs: 212, confirmMs: 1200, darkMs: 4820 },
    dryRun: false,
    ...detail,
  },
});

export const happening = (detail: object = {}, type?: string): Happening => {
  const [one] = parseHappenings(published(detail, type));
  if (one === undefined) throw new Error('nothing happened');
  return one;
};

/** So many groups that failed over at once. */
export const storm = (count: number): Happening[] =>
  Array.from({ length: count }, (_, index) => happening({ group: `g${index}` }));
