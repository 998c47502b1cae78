/** Rules about addresses that hosts announce themselves: no cloud delivers them, and none can be asked. */
import { type Mutant, mutantsOf } from './mutant.ts';

const file = mutantsOf('core/wire/config.ts', 'wire/l2', [
  ['l2-unfenced', "exclusive || mode === 'observe' || !vips.some(needsLease)", 'true'],
  ['l2-by-nft', "kernelExpiry === 'address' || !vips.some(needsLease)", 'true'],
]);

const announce = mutantsOf('core/holder/announce.ts', 'holder/announce', [
  ['announced-unbound', 'if (!isBound || now >= until)', 'if (now >= until)'],
  ['announced-without-lease', 'if (!isBound || now >= until)', 'if (!isBound)'],
  ['announced-once-for-ever', 'isNew ? { until } : { ...state, until }', '({ ...state, until })'],
  ['announced-once', 'return { state: { until }, count: 0 };', 'return { state, count: 0 };'],
]);

const unled = [
  ...mutantsOf('core/election/drift.ts', 'election/unled', [
    ['l2-looked-for', 'if (!canBeLookedFor(ctx.config.vips)) return false;', ''],
  ]),
  ...mutantsOf('core/traits.ts', 'election/unled', [
    ['l2-confirmed', 'isSeenByCloud(vip) && !isSeenByHosts(vip)', '!isSeenByHosts(vip)'],
    ['l2-missed', "fabric !== 'route' && fabric !== 'l2'", "fabric !== 'route'"],
  ]),
  ...mutantsOf('core/election/first.ts', 'election/unled', [
    ['l2-first-asked', 'isUnseen(config.vips) && canBeLookedFor(config.vips)', 'isUnseen(config.vips)'],
  ]),
  ...mutantsOf('core/election/observe.ts', 'election/unled', [
    ['two-followed', 'another === undefined && only !== state.holder', 'only !== state.holder'],
    ['stale-followed', 'isFresh && member.bound', 'member?.bound === true'],
    ['enforced-followed', 'return isObserved(ctx) && !canBeLookedFor', 'return !canBeLookedFor'],
    ['led-followed', '&& !canBeLookedFor(ctx.config.vips) && isFresh', '&& isFresh'],
  ]),
];

export const L2: readonly Mutant[] = [file, announce, unled].flat();
