/** The faults of a lab's network as nftables rules. Pure: a list of faults in, the whole ruleset as text out. */

import { LabError } from '../errors.ts';
import type { NetworkEnd } from './layout.ts';

/** The only table the lab ever touches, inside the fabric's own namespace. */
export const faultTable = 'keepaloft';
const percentMax = 100;
/** Percentages are honoured to a hundredth. */
const partsPerPercent = 100;

/** Where a fault may be: a host's name, `client`, or `arbiter` (the API's address inside the VPC). */
export type FaultEnd = string;

/** A host's name, or `all`. */
export type FaultHosts = string;

export type Fault =
  | { id: string; kind: 'cut-host'; host: string; imds: boolean }
  | { id: string; kind: 'cut-peers'; host: FaultHosts }
  /** With `way` only what goes to the arbiter, or only what comes from it. */
  | { id: string; kind: 'cut-arbiter'; host: FaultHosts; way?: Way }
  | { id: string; kind: 'loss'; between: readonly [FaultEnd, FaultEnd]; percent: number };

/** One direction, as seen from a host. */
export type Way = 'to' | 'from';

/** What the rules must know about the network. */
export interface FaultScene {
  hosts: readonly NetworkEnd[];
  client: NetworkEnd;
  apiAddress: string;
  imdsAddress: string;
}

type Hook = 'forward' | 'input' | 'output';
/** What the switch carries passes no hook of IP: it has a table of its own. */
type Family = 'inet' | 'bridge';
interface Rule {
  /** @default inet */
  family?: Family;
  hook: Hook;
  match: string;
}

const endNamed = (scene: FaultScene, name: string): NetworkEnd => {
  const found = [...scene.hosts, scene.client].find((end) => end.name === name);
  if (found === undefined) {
    const known = [...scene.hosts.map((host) => host.name), 'client', 'arbiter'];
    throw new LabError('unknown-host', `the lab has no '${name}'`, {
      remedy: `name one of: ${known.join(', ')}`,
    });
  }
  return found;
};

const hostsNamed = (scene: FaultScene, host: string): readonly NetworkEnd[] =>
  host === 'all' ? scene.hosts : [endNamed(scene, host)];

/** The arbiter and the metadata service answer inside the fabric's namespace: its input and output hooks see them. */
const withArbiter = (scene: FaultScene, end: NetworkEnd, way?: Way): Rule[] => {
  const to: Rule = { hook: 'input', match: `iifname "${end.link}" ip daddr ${scene.apiAddress}` };
  const from: Rule = { hook: 'output', match: `oifname "${end.link}" ip saddr ${scene.apiAddress}` };
  return [...(way === 'from' ? [] : [to]), ...(way === 'to' ? [] : [from])];
};

const bothWays = (one: string, other: string): Rule[] => [
  { hook: 'forward', match: `iifname "${one}" oifname "${other}"` },
  { hook: 'forward', match: `iifname "${other}" oifname "${one}"` },
];

const onSwitch = (rules: readonly Rule[]): Rule[] => rules.map((rule) => ({ ...rule, family: 'bridge' }));

const betweenLinks = (one: NetworkEnd, other: NetworkEnd): Rule[] => [
  ...bothWays(one.link, other.link),
  ...(one.port === undefined || other.port === undefined
    ? []
    : onSwitch(bothWays(one.port.link, other.port.link))),
];

const around = (link: string): Rule[] => [
  { hook: 'forward', match: `iifname "${link}"` },
  { hook: 'forward', match: `oifname "${link}"` },
];

/** The hypervisor answers metadata requests itself, so a cut of the network leaves them unless asked otherwise. */
const aroundHost = (scene: FaultScene, end: NetworkEnd, imdsToo: boolean): Rule[] => {
  const except = (side: string): string => (imdsToo ? '' : ` ip ${side} != ${scene.imdsAddress}`);
  return [
    ...around(end.link),
    ...(end.port === undefined ? [] : onSwitch(around(end.port.link))),
    { hook: 'input', match: `iifname "${end.link}"${except('daddr')}` },
    { hook: 'output', match: `oifname "${end.link}"${except('saddr')}` },
  ];
};

const betweenPeers = (scene: FaultScene, host: string): Rule[] => {
  const chosen = hostsNamed(scene, host);
  const pairs = chosen.flatMap((one) =>
    scene.hosts
      .filter((other) => other !== one && (host !== 'all' || one.name < other.name))
      .map((other) => ({ one, other })),
  );
  return pairs.flatMap(({ one, other }) => betweenLinks(one, other));
};

const betweenEnds = (scene: FaultScene, [one, other]: readonly [FaultEnd, FaultEnd]): Rule[] => {
  if (one === other) {
    throw new LabError('same-end', `'${one}' cannot lose packets to itself`, {
      remedy: 'name two different ends',
    });
  }
  if (one === 'arbiter' || other === 'arbiter') {
    return withArbiter(scene, endNamed(scene, one === 'arbiter' ? other : one));
  }
  return betweenLinks(endNamed(scene, one), endNamed(scene, other));
};

const rulesOf = (scene: FaultScene, fault: Fault): Rule[] => {
  if (fault.kind === 'cut-host') {
    return aroundHost(scene, endNamed(scene, fault.host), fault.imds);
  }
  if (fault.kind === 'cut-peers') {
    return betweenPeers(scene, fault.host);
  }
  if (fault.kind === 'cut-arbiter') {
    return hostsNamed(scene, fault.host).flatMap((end) => withArbiter(scene, end, fault.way));
  }
  return betweenEnds(scene, fault.between);
};

/** Throws `invalid-percent` unless 0 < percent ≤ 100. */
export const checkPercent = (percent: number): void => {
  if (!(percent > 0 && percent <= percentMax)) {
    throw new LabError('invalid-percent', `a loss of ${percent} % makes no sense`, {
      remedy: 'give a number above 0 and at most 100',
    });
  }
};

const verdict = (fault: Fault): string => {
  if (fault.kind !== 'loss') {
    return 'counter drop';
  }
  const parts = Math.round(fault.percent * partsPerPercent);
  return `numgen random mod ${percentMax * partsPerPercent} < ${parts} counter drop`;
};

const isOf =
  (family: Family) =>
  (rule: Rule): boolean =>
    (rule.family ?? 'inet') === family;

const faultChains = (rules: readonly Rule[], fault: Fault): string[] => {
  const hooks = [...new Set(rules.map((rule) => rule.hook))];
  return hooks.map((hook) => {
    const lines = rules
      .filter((rule) => rule.hook === hook)
      .map((rule) => `    ${rule.match} ${verdict(fault)} comment "${fault.id}"`);
    return `  chain ${fault.id}-${hook} {\n${lines.join('\n')}\n  }`;
  });
};

interface Ruled {
  fault: Fault;
  rules: readonly Rule[];
}

const baseChain = (ruled: readonly Ruled[], hook: Hook): string => {
  const jumps = ruled
    .filter(({ rules }) => rules.some((rule) => rule.hook === hook))
    .map(({ fault }) => `    jump ${fault.id}-${hook}`);
  return `  chain ${hook} {\n    type filter hook ${hook} priority 0; policy accept;\n${jumps.join('\n')}\n  }`;
};

/** One family's table, in place of the one that was there. */
const tableOf = (
  scene: FaultScene,
  faults: readonly Fault[],
  family: Family,
  hooks: readonly Hook[],
): string => {
  const forget = `add table ${family} ${faultTable}\ndelete table ${family} ${faultTable}\n`;
  const ruled = faults.map((fault) => ({ fault, rules: rulesOf(scene, fault).filter(isOf(family)) }));
  if (ruled.every(({ rules }) => rules.length === 0)) return forget;
  const chains = [
    ...ruled.flatMap(({ fault, rules }) => faultChains(rules, fault)),
    ...hooks.map((hook) => baseChain(ruled, hook)),
  ];
  return `${forget}table ${family} ${faultTable} {\n${chains.join('\n')}\n}\n`;
};

/**
 * The script that replaces whatever faults were there by exactly these, in one transaction of the kernel. Rules look at
 * each packet alone, so connections that exist already are cut too. Throws `LabError` when a fault names an unknown end.
 */
export const rulesetOf = (scene: FaultScene, faults: readonly Fault[]): string => {
  const hasSwitch = scene.client.port !== undefined;
  return (
    tableOf(scene, faults, 'inet', ['forward', 'input', 'output']) +
    (hasSwitch ? tableOf(scene, faults, 'bridge', ['forward']) : '')
  );
};
