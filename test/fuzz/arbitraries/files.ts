/** keepaloft.yaml documents that are right, with any mixture of the keys that may be left out. */
import * as fc from 'fast-check';

const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const ms = (min: number, max: number) => fc.integer({ min, max }).map((value) => `${value}ms`);
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
const argv = fc
  .tuple(fc.stringMatching(/^\/[a-z/]{1,20}$/), fc.array(fc.string(), { maxLength: 2 }))
  .map(([program, rest]) => [program, ...rest]);

const checkTiming = {
  interval: perhaps(ms(50, 10_000)),
  timeout: perhaps(ms(10, 10_000)),
  fall: perhaps(fc.integer({ min: 1, max: 100 })),
  rise: perhaps(fc.integer({ min: 1, max: 100 })),
  weight: perhaps(fc.integer({ min: -253, max: 253 })),
  reverse: perhaps(fc.boolean()),
  initFail: perhaps(fc.boolean()),
};
const anyCheck = fc.oneof(
  fc.record({ tcp: fc.constantFrom('127.0.0.1:3306', 'localhost:80'), ...checkTiming }),
  fc.record({
    http: fc.constantFrom('http://127.0.0.1/', 'https://localhost:8443/health?x=1'),
    status: perhaps(fc.integer({ min: 100, max: 599 })),
    ...checkTiming,
  }),
  fc.record({ process: fc.stringMatching(/^[a-z-]{1,15}$/), ...checkTiming }),
  fc.record({ script: argv, ...checkTiming }),
  fc.record({ interface: fc.stringMatching(/^[a-z]{2,4}\d$/), ...checkTiming }),
  fc.record({
    ping: fc.oneof(fc.constant('gateway'), fc.ipV4()),
    count: perhaps(fc.integer({ min: 1, max: 100 })),
    loss: perhaps(fc.integer({ min: 1, max: 100 })),
    ...checkTiming,
  }),
  fc.record({ file: fc.stringMatching(/^\/[a-z/]{1,20}$/), ...checkTiming }),
);
/** There must be a weight to turn round. */
const check = anyCheck.filter((one) => one.reverse !== true || (one.weight ?? ('file' in one ? 1 : 0)) !== 0);

const hooks = fc.record({
  beforeMaster: perhaps(argv),
  beforeRelease: perhaps(argv),
  onMaster: perhaps(argv),
  onBackup: perhaps(argv),
  onFault: perhaps(argv),
  onStop: perhaps(argv),
  notify: perhaps(argv),
  timeout: perhaps(ms(100, 60_000)),
});
const election = fc.record({
  preempt: perhaps(fc.boolean()),
  preemptDelay: perhaps(ms(0, 60_000)),
  holdDown: perhaps(ms(0, 60_000)),
});

/** A lease that is long enough for either way of fencing. */
const timing = fc
  .record({ heartbeatMs: fc.integer({ min: 100, max: 10_000 }), lease: fc.boolean() })
  .map(({ heartbeatMs, lease }) => ({
    heartbeat: `${heartbeatMs}ms`,
    lease: lease ? `${5 * heartbeatMs + 4000}ms` : undefined,
  }));

const instance = fc.stringMatching(/^i-[0-9a-f]{17}$/);
const address = fc.ipV4();
const member = fc.record({ instance, priority: perhaps(fc.integer({ min: 1, max: 254 })) });
const selector = fc.oneof(
  fc.record({
    tag: fc.dictionary(fc.stringMatching(/^[a-z:]{1,12}$/), fc.stringMatching(/^[a-z ]{0,12}$/), {
      minKeys: 1,
      maxKeys: 2,
    }),
    priority: perhaps(fc.integer({ min: 1, max: 254 })),
  }),
  fc.record({
    autoScalingGroup: fc.stringMatching(/^[a-z-]{1,12}$/),
    priority: perhaps(fc.integer({ min: 1, max: 254 })),
  }),
);
/** Named ones first: a document is written in that order. */
const members = fc
  .tuple(
    fc.uniqueArray(member, { minLength: 1, maxLength: 4, selector: (one) => one.instance }),
    fc.option(
      fc.uniqueArray(selector, {
        minLength: 1,
        maxLength: 2,
        selector: ({ priority: _, ...one }) => JSON.stringify(one),
      }),
      { nil: [], freq: 2 },
    ),
  )
  .map(([named, select]) => [...named, ...select]);
const hex = fc.stringMatching(/^[0-9a-f]{17}$/);
/** One table each: more need an exclusive group. An Elastic IP stands on the holder's own address here. */
const vip = fc.oneof(
  { weight: 4, arbitrary: fc.record({ address, fabric: fc.constant('secondary-ip') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      address,
      fabric: fc.constant('route'),
      tables: fc.tuple(hex.map((id) => `rtb-${id}`)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      address,
      fabric: fc.constant('elastic-ip'),
      allocation: hex.map((id) => `eipalloc-${id}`),
    }),
  },
);

const conduct = {
  mode: perhaps(fc.constantFrom('enforce', 'observe')),
  adopt: perhaps(fc.boolean()),
  drift: perhaps(fc.constantFrom('repair', 'adopt', 'alarm')),
};

const block = fc
  .tuple(fc.integer({ min: 0, max: 223 }), fc.integer({ min: 0, max: 255 }))
  .map(([first, second]) => `${first}.${second}.0.0/16`);
const table = fc.integer({ min: 1, max: 252 });
/** Routes from a VIP would have to know which there are. */
const hostRoute = fc.record({
  to: block,
  via: address,
  dev: perhaps(fc.constantFrom('eth0', 'ens6')),
  table: perhaps(table),
  metric: perhaps(fc.nat(9)),
});
const hostRule = fc.record({
  from: block,
  to: perhaps(block),
  table,
  priority: perhaps(fc.integer({ min: 1, max: 32_765 })),
});
const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 1 });

const anyGroup = fc.record({
  vips: fc.uniqueArray(vip, { minLength: 1, maxLength: 3, selector: (one) => one.address }),
  members,
  timing: perhaps(timing),
  exclusive: perhaps(fc.boolean()),
  kernelExpiry: perhaps(fc.constantFrom('address', 'nft')),
  ...conduct,
  election: perhaps(election),
  handover: perhaps(fc.constantFrom('fabric-first', 'reset-first')),
  checks: perhaps(fc.dictionary(fc.stringMatching(/^[a-zA-Z][\w-]{0,10}$/), check, { maxKeys: 3 })),
  hooks: perhaps(hooks),
  hostRoutes: perhaps(few(hostRoute)),
  hostRules: perhaps(few(hostRule)),
});

/**
 * The holder's own address carries one Elastic IP, and routes need an address that hosts bind. An exclusive group adopts no drift
 * and has something that hosts bind.
 */
const group = anyGroup.filter(({ exclusive, drift, vips, hostRoutes, hostRules }) => {
  const publicOnes = vips.filter(({ fabric }) => fabric === 'elastic-ip').length;
  const hasBound = vips.length > publicOnes;
  if (publicOnes > 1 || (!hasBound && (hostRoutes ?? hostRules) !== undefined)) return false;
  return exclusive !== true || (drift !== 'adopt' && hasBound);
});

const addressesOf = (groups: Readonly<Record<string, { vips: readonly { address: string }[] }>>): string[] =>
  Object.values(groups).flatMap(({ vips }) => vips.map((vip) => vip.address));

/** As plain data, the way a YAML reader gives it. */
export const keepaloftFiles: fc.Arbitrary<unknown> = fc
  .dictionary(name, group, { minKeys: 1, maxKeys: 3 })
  .filter((groups) => new Set(addressesOf(groups)).size === addressesOf(groups).length)
  .map((groups): unknown => JSON.parse(JSON.stringify({ version: 1, groups })));
