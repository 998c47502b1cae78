// What bounds a search of spec/lease.pml, and how the model is told.

/** Bounds of spec/lease.pml. Time is in ticks: a lease is 21 of them, so one tick is a little less than the clock error of a lease. */
export interface LeaseBounds {
  readonly hosts: number;
  /** How many heartbeats may be on their way at once: of the first host, and of each other one. */
  readonly mail: readonly [ofFirst: number, ofOthers: number];
  /** How many heartbeats each host may send in all; 0: any number. */
  readonly sends: number;
  /** The search ends where a later epoch than this begins. */
  readonly epochs: number;
  /** The lease at the beginning, and what a deployment makes of it. */
  readonly lease: number;
  readonly leaseDeployed: number;
  /** The lease in the agents' own configuration. */
  readonly profile: number;
  readonly crashes: number;
  readonly faults: number;
  readonly deploys: number;
  /** Time passes in coarse steps of so many ticks, and in so many single ticks. */
  readonly coarse: number;
  readonly fine: number;
  readonly clocks: 'all' | 'opposed' | 'first slow';
  /** The witness lists the VIPs on every host, or on none: with it a holder goes on without the fabric. */
  readonly listed: boolean;
  /** A host may say that it hears nothing. */
  readonly deaf: boolean;
  /** A heartbeat may come with other groups' and then order no fabric work. */
  readonly batches: boolean;
}

/** What a row of the catalogue leaves unsaid. */
export const USUAL: LeaseBounds = {
  hosts: 2,
  mail: [1, 1],
  sends: 0,
  epochs: 2,
  lease: 21,
  leaseDeployed: 21,
  profile: 21,
  crashes: 0,
  faults: 0,
  deploys: 0,
  coarse: 10,
  fine: 0,
  clocks: 'first slow',
  listed: true,
  deaf: false,
  batches: false,
};

const CLOCKS = { all: 'ALL_RATES', opposed: 'OPPOSED', 'first slow': 'FIRST_SLOW' } as const;

/** The macros that set the bounds: `NAME=value`, or `NAME` for one that is only there or not. */
export function definesOf(bounds: LeaseBounds): string[] {
  const values: Record<string, number | string> = {
    HOSTS: bounds.hosts,
    SLOTS_OF_FIRST: bounds.mail[0],
    SLOTS_OF_OTHERS: bounds.mail[1],
    SENDS: bounds.sends,
    EPOCHS: bounds.epochs,
    LEASE: bounds.lease,
    LEASE_DEPLOYED: bounds.leaseDeployed,
    PROFILE: bounds.profile,
    CRASHES: bounds.crashes,
    FAULTS: bounds.faults,
    DEPLOYS: bounds.deploys,
    COARSE: bounds.coarse,
    FINE: bounds.fine,
    RATES: CLOCKS[bounds.clocks],
    LISTED: bounds.listed ? 1 : 0,
  };
  return [
    ...Object.entries(values).map(([name, value]) => `${name}=${value}`),
    ...(bounds.deaf ? ['DEAF'] : []),
    ...(bounds.batches ? ['BATCHES'] : []),
  ];
}

const counted = (count: number, one: string, many = `${one}s`): string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];

/** The bounds in words, for the table. */
export function wordsFor(bounds: LeaseBounds): string {
  const { mail, lease, leaseDeployed, profile } = bounds;
  const parts = [
    `${bounds.hosts} hosts`,
    `mail ${mail[0]}+${mail[1]}`,
    ...counted(bounds.sends, 'heartbeat each', 'heartbeats each'),
    `${bounds.epochs} epochs`,
    `clocks ${bounds.clocks}`,
    `steps ${bounds.coarse}${bounds.fine === 0 ? '' : `, ${bounds.fine}×1`}`,
    ...counted(bounds.crashes, 'crash', 'crashes'),
    ...counted(bounds.faults, 'fault'),
    ...(bounds.deploys === 0 ? [] : [`lease ${lease}→${leaseDeployed}, agents' ${profile}`]),
    ...(bounds.deaf ? ['deaf'] : []),
    ...(bounds.batches ? ['batches'] : []),
    ...(bounds.listed ? [] : ['unlisted']),
  ];
  return parts.join(', ');
}
