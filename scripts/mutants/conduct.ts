/** Rules about other hands than the arbiter's: drift, mode observe, alarms of CloudWatch, and who stands alone. */
import { type Mutant, mutantsOf } from './mutant.ts';

const misplaced = mutantsOf('core/election/misplaced.ts', 'election/drift', [
  ['no-back-off', 'LOOK_BACKOFF_MS[looks]', 'LOOK_BACKOFF_MS[0]'],
  ['unseen-vip-is-wrong', 'seen !== undefined && seen.owner !== rightEni', 'seen?.owner !== rightEni'],
  ['all-vips-moved-back', 'DRIFT, wrong, ctx', 'DRIFT, ctx.config.vips, ctx'],
  ['repair-uncounted', '(state.repairs ?? 0) + 1', '(state.repairs ?? 0)'],
]);

const foreign = [
  ...mutantsOf('core/election/misplaced.ts', 'election/foreign', [
    ['own-mover-believed', "ctx.config.drift === 'adopt' && !own", "ctx.config.drift === 'adopt'"],
    ['own-mover-left', "ctx.config.drift === 'alarm' && !own", "ctx.config.drift === 'alarm'"],
    ['unfit-believed', ' || !isFit(state, to, ctx)', ''],
    ['exclusive-believed', 'ctx.config.exclusive === true || ', ''],
    ['half-a-move-believed', 'vips.every(', 'vips.some('],
    [
      'wish-for-ever',
      'adoptAt !== undefined && elapsedMs(adoptAt, ctx.now) <= ADOPT_MS',
      'adoptAt !== undefined',
    ],
  ]),
  ...mutantsOf('core/election/drift.ts', 'election/foreign', [
    ['wish-kept', 'withoutWish(outcome.state)', 'outcome.state'],
  ]),
];

const observe = [
  ...mutantsOf('core/election/observe.ts', 'election/observe', [
    ['observer-tries-again', "state.phase !== 'moving' && state.phase !== 'releasing'", 'true'],
    ['told-each-time', 'effects: goes ? [] : [told]', 'effects: [told]'],
    ['would-for-ever', 'isObserved(ctx) && stillWould(would, ctx) ? state', 'isObserved(ctx) ? state'],
    [
      'would-outlives-mode',
      'isObserved(ctx) && stillWould(would, ctx) ? state',
      'stillWould(would, ctx) ? state',
    ],
    [
      'drift-for-ever',
      'state.would?.reason !== DRIFT) return state',
      "state.would?.reason !== '') return state",
    ],
    ['observed-vacancy', 'if (reason === ADOPTED) return adopt(state, to, ctx);', ''],
  ]),
  ...mutantsOf('core/election/misplaced.ts', 'election/observe', [
    ['observer-looks-rarely', 'isObserved(ctx) ? 0 : (state.looks ?? 0)', 'state.looks ?? 0'],
    ['observer-repairs', 'if (isObserved(ctx)) {', 'if (ctx === null) {'],
  ]),
  ...mutantsOf('core/election/misplaced.ts', 'election/observe', [
    ['observer-follows-nobody', 'if (isObserved(ctx)) return { to, reason: FOLLOWED };', ''],
  ]),
  ...mutantsOf('core/election/step.ts', 'election/observe', [
    ['observer-looks-away', 'isObserved(ctx) && lookDue(state, input, ctx)', 'ctx === null'],
    ['observer-moves', 'isObserved(ctx) ? observeChange', 'ctx === null ? observeChange'],
  ]),
  ...mutantsOf('core/election/first.ts', 'election/observe', [
    ['adopts-although-not', 'if (ctx.config.adopt === false) return undefined;', ''],
  ]),
  ...mutantsOf('core/election/operator.ts', 'election/observe', [
    ['observer-obeys', 'if (isObserved(ctx))', 'if (ctx === null)'],
  ]),
  ...mutantsOf('core/holder/step.ts', 'holder/observe', [
    ['observer-touches', 'if (ctx.profile.observes !== true) return outcome;', 'return outcome;'],
  ]),
];

const alarms = [
  ...mutantsOf('core/election/alarm.ts', 'election/alarm', [
    ['alarm-without-fault', "on.some(({ weight }) => weight === 0) ? 'fault' : said.health", 'said.health'],
    ['alarm-always-fault', "on.some(({ weight }) => weight === 0) ? 'fault' : said.health", "'fault'"],
    ['alarm-costs-nothing', 'sum + weight, said.priority', 'sum, said.priority'],
    ['alarm-for-ever', 'ringing?.includes(check) === true', 'ringing !== undefined'],
    ['alarm-twice', 'isKnown === rings ||', ''],
    ['alarm-of-nobody', '(rings && spec === undefined)', 'false'],
  ]),
  ...mutantsOf('core/election/report.ts', 'election/alarm', [
    [
      'alarm-ends-with-a-beat',
      'judgedWith(report, stored?.alarms, ctx)',
      'judgedWith(report, undefined, ctx)',
    ],
    ['alarm-forgotten', 'alarms: alarmsAfterBeat(stored, ctx),', ''],
    [
      'alarm-ends-with-a-boot',
      'judgedWith(report, stored?.alarms, ctx)',
      'judgedWith(report, sameBoot?.alarms, ctx)',
    ],
  ]),
];

const alone = mutantsOf('core/election/alone.ts', 'election/alone', [
  ['alone-at-once', 'alone.told || elapsedMs(alone.since, ctx.now) < ctx.config.leaseMs', 'alone.told'],
  ['alone-again-and-again', 'alone.told || elapsedMs', 'elapsedMs'],
  ['back-unasked', 'effects: alone.told ? [back] : []', 'effects: [back]'],
]);

export const CONDUCT: readonly Mutant[] = [misplaced, foreign, observe, alone, alarms].flat();
