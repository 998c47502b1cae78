/**
 * Everything that the nemesis does to a lab, in one table: to whom, for how long, and what it may cost. The schedule
 * draws from it, and the checker judges by it: a move or a lost probe that nothing here explains is a violation.
 */

export const MODES = ['fenced', 'exclusive'] as const;
export type Mode = (typeof MODES)[number];

export const STRIKE_KINDS = [
  'kill',
  'agent',
  'service',
  'restart',
  'stop',
  'freeze',
  'freeze-agent',
  'clock',
  'boot-clock',
  'arbiter-clock',
  'cut-host',
  'cut-peers',
  'cut-arbiter',
  'cut-to-arbiter',
  'cut-from-arbiter',
  'blackout',
  'loss',
  'delay',
  'ec2-throttle',
  'ec2-error',
  'ec2-slow',
  'ec2-stale',
  'dynamodb-error',
  'dynamodb-throttle',
  'dynamodb-slow',
  'lambda-freeze',
  'addr-del',
  'addr-add',
  'assign',
  'net-utils',
  'address-manager',
  'imds-gone',
  'imds-slow',
  'imds-stale',
] as const;
export type StrikeKind = (typeof STRIKE_KINDS)[number];

/** Whom a strike is meant for; who that is shows when it falls. `all`: every host. `cloud`: no host of its own. */
export type Whom = 'holder' | 'standby' | 'all' | 'cloud';

/**
 * For how long the client of a VIP may be in the dark because of a strike on the host that serves it.
 * `no`: not at all, a handover apart. `silence`: until a standby has claimed the group. `check`: until the check has
 * failed. `look`: until the agent looks at its kernel. `looks`: until it looks after the strike's end. `drift`: until the
 * arbiter looks at the fabric. `while`: as long as it lasts, and until the group is granted again.
 */
export type Darkness = 'no' | 'silence' | 'check' | 'look' | 'looks' | 'drift' | 'while';

/** What a strike may do to a group in one mode. */
export interface Cost {
  readonly dark: Darkness;
  /** Reasons of transfers that it may cause; see `check/causes.ts`. */
  readonly moves: readonly Cause[];
}

/** Why a group may rightly change hands: nobody hears the holder, its check fails, it leaves, its time has run out. */
export type Cause = 'silence' | 'fault' | 'resign' | 'target' | 'lapse';

export interface Entry {
  readonly kind: StrikeKind;
  /** Drawn from these; one that stands twice is drawn twice as often. */
  readonly whom: readonly Whom[];
  /** How long it lasts, milliseconds. */
  readonly forMs: readonly [number, number];
  /** Two strikes on the same organ of the same host (or of the cloud) would only hide each other. */
  readonly organ:
    | 'process'
    | 'service'
    | 'wire'
    | 'peers'
    | 'arbiter-clock'
    | 'ec2'
    | 'dynamodb'
    | 'lambda'
    | 'address'
    | 'manager'
    | 'metadata';
  readonly percent?: readonly [number, number];
  readonly ms?: readonly [number, number];
  readonly offsetMs?: readonly number[];
  readonly cost: Readonly<Record<Mode, Cost>>;
}

const nothing: Cost = { dark: 'no', moves: [] };
const same = (cost: Cost): Entry['cost'] => ({ fenced: cost, exclusive: cost });
/** On a fenced fabric only its bystanders notice; where the lease is the fence, the holder's time runs out. */
const lapses = (fenced: Cost, dark: Darkness = 'while'): Entry['cost'] => ({
  fenced,
  exclusive: { dark, moves: ['silence', 'lapse', 'target'] },
});
const silent: Cost = { dark: 'no', moves: ['silence', 'target'] };

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
    cost: same({ dark: 'look', moves: [] }),
  },
  { kind: 'addr-add', whom: ['standby'], forMs: [500, 1500], organ: 'address', cost: same(nothing) },
  {
    kind: 'assign',
    whom: ['standby'],
    forMs: [500, 2000],
    organ: 'address',
    cost: same({ dark: 'drift', moves: [] }),
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

export const entryOf = (kind: StrikeKind): Entry => {
  const found = CATALOGUE.find((entry) => entry.kind === kind);
  if (found === undefined) throw new RangeError(`no entry for ${kind}`);
  return found;
};

/** Strikes on the arbiter and its cloud reach every host. */
export const isEverywhere = (whom: Whom): boolean => whom === 'all' || whom === 'cloud';
