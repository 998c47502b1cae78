/** Mutants of what IPv6 addresses add: their one spelling, and the two calls of their moves. */
import { type Mutant, mutantsOf } from './mutant.ts';

const words = mutantsOf('core/wire/ipv6.ts', 'wire/names', [
  ['ipv6-any-spelling', 'canonicalIpv6(text) === text', 'canonicalIpv6(text) !== undefined'],
  ['ipv6-link-local-vip', "  'fe80::/10': 'is link-local',\n", ''],
  ['ipv6-block-by-text', '(first / size) * size', 'first'],
]);

const drift = mutantsOf('core/election/drift.ts', 'election/drift', [
  ['gap-is-drift', "if (state.phase !== 'held') return { state, effects: [] };", ''],
]);

const TRANSFER = '../lambdas/fabric/ipv6/transfer';
const look = mutantsOf('lambdas/fabric/ipv6/look.ts', TRANSFER, [
  ['ipv6-taken-from-target', 'id !== target.id && vpc', 'vpc'],
  ['ipv6-taken-from-other-vpc', ' && vpc === target.vpc', ''],
  ['ipv6-look-bans', '{ ...sent.error, permanent: false }', 'sent.error'],
]);
const transfer = mutantsOf('lambdas/fabric/ipv6/transfer.ts', TRANSFER, [
  ['ipv6-taken-for-other-subnet', 'if (strange !== undefined) return', 'if (strange === null) return'],
  ['ipv6-not-given-back', 'if (failure.permanent)', 'if (failure === null)'],
  ['ipv6-refusal-believed', 'this.#refusal !== undefined && this.#isThere(hasAll)', 'false'],
  ['ipv6-old-look-believed', '>= DESCRIBED_LATE_MS', '>= 0'],
  ['ipv6-own-doing-is-news', ' && !taken.includes(address)', ''],
  ['ipv6-kept-bans', 'error: passing(sent.error)', 'error: sent.error'],
]);

export const IPV6: readonly Mutant[] = [...words, ...drift, ...look, ...transfer];
