/** Routes and rules as the agent compares them, whether out of a configuration or out of the kernel. Pure. */
import {
  blockIn,
  type HostRoute,
  type HostRule,
  OWN_PROTOCOL,
  RULE_PRIORITY_DEFAULT,
  TABLE_MAIN,
} from '../wire/host-routing.ts';

/** `to` is always a block: 0.0.0.0/0, 10.0.0.5/32. */
export interface Route {
  readonly to: string;
  readonly table: number;
  readonly metric: number;
  readonly via?: string | undefined;
  readonly dev?: string | undefined;
  readonly src?: string | undefined;
  /** The gateway is on the link whatever the other routes say. */
  readonly onlink?: boolean | undefined;
}

/** Blocks, as of a route; 0.0.0.0/0 is any. */
export interface Rule {
  readonly from: string;
  readonly to: string;
  readonly table: number;
  readonly priority: number;
}

export const ANY = '0.0.0.0/0';

/** @throws never for what has passed the schema */
export const blockOf = (text: string): string => {
  const block = blockIn(text);
  return block === undefined ? text : `${block.address}/${block.bits}`;
};

export const routeOf = ({ to, table = TABLE_MAIN, metric = 0, via, dev, src, onlink }: HostRoute): Route => ({
  to: blockOf(to),
  table,
  metric,
  via,
  dev,
  src,
  onlink,
});

export const ruleOf = ({
  from = 'default',
  to = 'default',
  table,
  priority = RULE_PRIORITY_DEFAULT,
}: HostRule): Rule => ({ from: blockOf(from), to: blockOf(to), table, priority });

/** What the kernel takes only one of. */
export const routeKey = ({ to, table, metric }: Route): string => `${to} table ${table} metric ${metric}`;
export const ruleKey = ({ from, to, table, priority }: Rule): string =>
  `from ${from} to ${to} table ${table} priority ${priority}`;

/** Whether what the kernel shows is what is wanted; it shows an interface also where none was named. */
export const isRoute = (wanted: Route, shown: Route): boolean =>
  routeKey(wanted) === routeKey(shown) &&
  wanted.via === shown.via &&
  wanted.src === shown.src &&
  (wanted.dev === undefined || wanted.dev === shown.dev);

const words = (...pairs: readonly (readonly [word: string, value: string | number | undefined])[]): string =>
  pairs.flatMap(([word, value]) => (value === undefined ? [] : [`${word} ${value}`])).join(' ');

/** For people: as `ip route add` would be told. */
export const routeText = ({ to, via, dev, src, table, metric }: Route): string =>
  `route ${to === ANY ? 'default' : to} ${words(
    ['via', via],
    ['dev', dev],
    ['src', src],
    ['table', table === TABLE_MAIN ? undefined : table],
    ['metric', metric === 0 ? undefined : metric],
  )}`.trim();
export const ruleText = ({ from, to, table, priority }: Rule): string =>
  `rule ${words(['from', from === ANY ? undefined : from], ['to', to === ANY ? undefined : to], ['table', table], ['priority', priority])}`;

/** Fails where somebody else has one of the same key: nothing is replaced. */
export const addRoute = ({ to, via, dev, src, table, metric, onlink }: Route): string =>
  `route add ${to} ${words(['via', via], ['dev', dev], ['src', src], ['table', table], ['metric', metric], ['proto', OWN_PROTOCOL])}${onlink === true ? ' onlink' : ''}`;
/** The kernel takes away only what bears the number. */
export const removeRoute = ({ to, table, metric }: Route): string =>
  `route del ${to} ${words(['table', table], ['metric', metric], ['proto', OWN_PROTOCOL])}`;
const ruleWords = ({ from, to, table, priority }: Rule): string =>
  words(['from', from], ['to', to], ['table', table], ['priority', priority], ['protocol', OWN_PROTOCOL]);
export const addRule = (rule: Rule): string => `rule add ${ruleWords(rule)}`;
export const removeRule = (rule: Rule): string => `rule del ${ruleWords(rule)}`;
