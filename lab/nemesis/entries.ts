/** The entries of the catalogue, in the order in which they are drawn from: new ones go to the end, or seeds would say something else. */
import { isBoundByHosts, staysInSubnet } from '../../core/traits.ts';
import type { FabricKind, Vip } from '../../core/wire/names.ts';
import type { Cost, Darkness, Entry } from './catalogue.ts';
import { callsOf } from './fabrics.ts';

const nothing: Cost = { dark: 'no', moves: [] };
const same = (cost: Cost): Entry['cost'] => ({ fenced: cost, exclusive: cost });
/** On a fenced fabric only its bystanders notice; where the lease is the fence, the holder's time runs out. */
const lapses = (fenced: Cost, dark: Darkness = 'while'): Entry['cost'] => ({
  fenced,
  exclusive: { dark, moves: ['silence', 'lapse', 'target'] },
});
const silent: Cost = { dark: 'no', moves: ['silence', 'target'] };

const isOf =
  (kind: FabricKind) =>
  ({ fabric }: Vip): boolean =>
    fabric === kind;

const hour = 3_600_000;

export const CATALOGUE: readonly Entry[] = [
  // Processes.
  {
    kind: 'kill',
    whom: ['holder', 'holder', 'holder', 'standby'],
    forMs: [500, 9000],
    organ: 'process',
    cost: same({ dark: 'silence', moves: ['silence', 'target', 'fault', 'lapse'] }),
  },
  {
    kind: 'agent',
    whom: ['holder', 'holder', 'standby'],
    forMs: [500, 9000],
    organ: 'process',
    // The address stays, and the service goes on answering, until the fabric has moved.
    cost: lapses({ dark: 'no', moves: ['silence', 'target'] }, 'silence'),
  },
  {
    kind: 'service',
    whom: ['holder', 'holder', 'standby'],
    forMs: [1500, 8000],
    organ: 'service',
    cost: same({ dark: 'check', moves: ['fault', 'target'] }),
  },
  {
    kind: 'restart',
    whom: ['holder', 'holder', 'standby'],
    forMs: [500, 2000],
    organ: 'process',
    cost: { fenced: silent, exclusive: { dark: 'silence', moves: ['silence', 'lapse', 'target'] } },
  },
  {
    kind: 'stop',
    whom: ['holder', 'holder', 'standby'],
    forMs: [1500, 8000],
    organ: 'process',
    cost: same({ dark: 'no', moves: ['resign', 'target', 'silence'] }),
  },
  {
    kind: 'freeze',
    whom: ['holder', 'holder', 'standby'],
    forMs: [800, 9000],
    organ: 'process',
    // A check that thaws may find its own time-out passed.
    cost: same({ dark: 'silence', moves: ['silence', 'target', 'fault', 'lapse'] }),
  },
  {
    kind: 'freeze-agent',
    whom: ['holder', 'holder', 'holder', 'standby'],
    forMs: [800, 11_000],
    organ: 'process',
    cost: lapses({ dark: 'no', moves: ['silence', 'target', 'fault'] }, 'silence'),
  },
  // Clocks: the agent restarts with another one.
  {
    kind: 'clock',
    whom: ['holder', 'holder', 'standby'],
    forMs: [2000, 8000],
    organ: 'process',
    offsetMs: [-6 * hour, -90_000, 45_000, 2 * hour],
    cost: { fenced: silent, exclusive: { dark: 'silence', moves: ['silence', 'lapse', 'target'] } },
  },
  {
    kind: 'boot-clock',
    whom: ['holder', 'standby'],
    forMs: [2000, 8000],
    organ: 'process',
    offsetMs: [100_000, 1_000_000],
    cost: { fenced: silent, exclusive: { dark: 'silence', moves: ['silence', 'lapse', 'target'] } },
  },
  {
    kind: 'arbiter-clock',
    whom: ['cloud'],
    forMs: [2000, 9000],
    organ: 'arbiter-clock',
    offsetMs: [-hour, -45_000, -3000, 3000, 45_000, hour],
    // A target of a move that is under way may look silent to a clock that has jumped.
    cost: same({ dark: 'no', moves: ['target'] }),
  },
  // The network.
  {
    kind: 'cut-host',
    whom: ['holder', 'holder', 'standby'],
    forMs: [1000, 9000],
    organ: 'wire',
    cost: same({ dark: 'silence', moves: ['silence', 'target', 'lapse'] }),
  },
  { kind: 'cut-peers', whom: ['all', 'holder'], forMs: [3000, 9000], organ: 'peers', cost: same(nothing) },
  {
    kind: 'cut-arbiter',
    whom: ['holder', 'holder', 'standby'],
    forMs: [1000, 9000],
    organ: 'wire',
    cost: lapses(silent, 'silence'),
  },
  {
    kind: 'cut-to-arbiter',
    whom: ['holder', 'holder', 'standby'],
    forMs: [1000, 9000],
    organ: 'wire',
    cost: lapses(silent, 'silence'),
  },
  {
    kind: 'cut-from-arbiter',
    whom: ['holder', 'holder', 'standby'],
    forMs: [1000, 9000],
    organ: 'wire',
    cost: lapses(silent),
  },
  { kind: 'blackout', whom: ['all'], forMs: [5000, 15_000], organ: 'wire', cost: lapses(nothing) },
  {
    kind: 'loss',
    whom: ['holder', 'holder', 'standby'],
    forMs: [4000, 10_000],
    organ: 'wire',
    percent: [10, 60],
    cost: lapses(silent),
  },
  {
    kind: 'delay',
    whom: ['holder', 'standby'],
    forMs: [3000, 8000],
    organ: 'wire',
    ms: [50, 900],
    cost: lapses(silent),
  },
  // The cloud.
  {
    kind: 'ec2-throttle',
    whom: ['cloud'],
    forMs: [2000, 8000],
    organ: 'ec2',
    percent: [50, 100],
    cost: same(nothing),
  },
  {
    kind: 'ec2-error',
    whom: ['cloud'],
    forMs: [2000, 8000],
    organ: 'ec2',
    percent: [50, 100],
    cost: same(nothing),
  },
  {
    kind: 'ec2-slow',
    whom: ['cloud'],
    forMs: [3000, 8000],
    organ: 'ec2',
    ms: [200, 1500],
    cost: same(nothing),
  },
  {
    kind: 'ec2-stale',
    whom: ['cloud'],
    forMs: [3000, 8000],
    organ: 'ec2',
    ms: [500, 4000],
    isOfOneCall: true,
    fits: (vips) => callsOf(vips).length > 0,
    cost: same(nothing),
  },
  {
    kind: 'dynamodb-error',
    whom: ['cloud'],
    forMs: [2000, 8000],
    organ: 'dynamodb',
    percent: [30, 100],
    cost: lapses(nothing),
  },
  {
    kind: 'dynamodb-throttle',
    whom: ['cloud'],
    forMs: [2000, 8000],
    organ: 'dynamodb',
    percent: [30, 100],
    cost: lapses(nothing),
  },
  {
    kind: 'dynamodb-slow',
    whom: ['cloud'],
    forMs: [3000, 8000],
    organ: 'dynamodb',
    ms: [20, 300],
    cost: lapses(nothing),
  },
  { kind: 'lambda-freeze', whom: ['cloud'], forMs: [500, 6000], organ: 'lambda', cost: lapses(nothing) },
  // Somebody else's hands.
  {
    kind: 'addr-del',
    whom: ['holder'],
    forMs: [500, 1500],
    organ: 'address',
    on: isBoundByHosts,
    cost: same({ dark: 'look', moves: [] }),
  },
  {
    kind: 'addr-add',
    whom: ['standby'],
    forMs: [500, 1500],
    organ: 'address',
    on: isBoundByHosts,
    cost: same(nothing),
  },
  {
    kind: 'assign',
    whom: ['standby'],
    forMs: [500, 2000],
    organ: 'address',
    on: staysInSubnet,
    cost: same({ dark: 'drift', moves: [] }),
  },
  // Not of every fabric.
  {
    kind: 'route',
    whom: ['standby'],
    forMs: [500, 2000],
    organ: 'address',
    isOfOneTable: true,
    on: isOf('route'),
    cost: same({ dark: 'drift', moves: [] }),
  },
  {
    kind: 'route-gone',
    whom: ['holder'],
    forMs: [500, 2000],
    organ: 'address',
    isOfOneTable: true,
    on: isOf('route'),
    cost: same({ dark: 'drift', moves: [] }),
  },
  {
    kind: 'associate',
    whom: ['standby'],
    forMs: [500, 2000],
    organ: 'address',
    on: isOf('elastic-ip'),
    cost: same({ dark: 'drift', moves: [] }),
  },
  {
    kind: 'disassociate',
    whom: ['holder'],
    forMs: [500, 2000],
    organ: 'address',
    on: isOf('elastic-ip'),
    cost: same({ dark: 'drift', moves: [] }),
  },
  {
    // One VIP of a group moves and another does not; or one that stands on another waits for it.
    kind: 'ec2-part',
    whom: ['cloud'],
    forMs: [3000, 9000],
    organ: 'ec2',
    isOfOneCall: true,
    fits: (vips) => callsOf(vips).length > 1,
    cost: same(nothing),
  },
  // The host's own address managers, and what they and the agent ask.
  {
    kind: 'net-utils',
    whom: ['holder', 'standby'],
    forMs: [2000, 8000],
    organ: 'manager',
    ms: [300, 2000],
    // What its list lacks it takes away.
    cost: same({ dark: 'looks', moves: [] }),
  },
  {
    kind: 'address-manager',
    whom: ['holder', 'holder', 'standby'],
    forMs: [2000, 8000],
    organ: 'manager',
    ms: [800, 4000],
    cost: same({ dark: 'looks', moves: [] }),
  },
  {
    kind: 'imds-gone',
    whom: ['holder', 'standby', 'all'],
    forMs: [3000, 9000],
    organ: 'metadata',
    cost: same(nothing),
  },
  {
    kind: 'imds-slow',
    whom: ['holder', 'standby', 'all'],
    forMs: [3000, 9000],
    organ: 'metadata',
    ms: [200, 4000],
    cost: same(nothing),
  },
  {
    kind: 'imds-stale',
    whom: ['holder', 'standby', 'all'],
    forMs: [3000, 9000],
    organ: 'metadata',
    cost: same(nothing),
  },
];
