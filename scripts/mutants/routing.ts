/** Mutants of what keeps the agent's hands off other people's routes, and a VIP's answers on their way. */
import { type Mutant, mutantsOf } from './mutant.ts';

export const ROUTING: readonly Mutant[] = [
  ...mutantsOf('core/routing/shown.ts', 'routing/routing', [
    ['routing-everybodys-rules', 'protocol === String(OWN_PROTOCOL)', 'true'],
    ['routing-marked-rules', 'Object.keys(one).some((key) => !KNOWN.has(key))', 'false'],
    ['routing-any-is-from-vip', 'from !== ANY && ', ''],
    ['routing-some-is-from-vip', ' && to === ANY', ''],
  ]),
  ...mutantsOf('core/routing/objects.ts', 'routing/routing', [
    [
      'routing-removes-anybodys-route',
      "['table', table], ['metric', metric], ['proto', OWN_PROTOCOL])}`;",
      "['table', table], ['metric', metric])}`;",
    ],
    ['routing-rules-without-owner', ", ['protocol', OWN_PROTOCOL]", ''],
    ['routing-other-gateway-is-right', 'wanted.via === shown.via &&', ''],
  ]),
  ...mutantsOf('core/routing/wanted.ts', 'routing/routing', [
    ['routing-observer-acts', "mode === 'observe' ? []", "mode === 'never' ? []"],
    ['routing-without-vip', 'vips.length === 0', 'false'],
    ['routing-from-absent-vip', 'src === undefined || vips.includes(src)', 'true'],
  ]),
  ...mutantsOf('core/routing/way-back.ts', 'routing/routing', [
    ['routing-against-others', '!others.some((rule) => isFromVip(rule, vip))', 'true'],
    ['routing-own-gateway-learnt', ' && protocol !== OWN_PROTOCOL', ''],
  ]),
  ...mutantsOf('core/wire/host-routing.ts', 'wire/host-routing', [
    ['routing-any-source', 'src === undefined || vips.includes(src)', 'true'],
    ['routing-kernels-table', 'table !== TABLE_LOCAL', 'true'],
    ['routing-agents-table', 'table !== OWN_TABLE', 'true'],
  ]),
];
