/** virtual_routes and virtual_rules, line by line. What does not fit is left to a human, with the reason. */
import {
  HOST_ROUTING_MAX,
  type HostRoute,
  type HostRule,
  hostRouteSchema,
  hostRuleSchema,
  routeKeyOf,
  ruleKeyOf,
  SRC_IS_NO_VIP,
} from '../../core/wire/host-routing.ts';
import type { Context } from './context.ts';
import type { DraftVip } from './draft.ts';
import { wholeIn } from './numbers.ts';
import type { Statement } from './tree.ts';

/** A route or a rule, and the line that says it. */
interface Line<T> {
  readonly value: T;
  readonly statement: Statement;
}
export type SaidRoute = Line<HostRoute>;
export type SaidRule = Line<HostRule>;

interface Words {
  /** By our own words. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  readonly notes: readonly string[];
  /** The first word that nothing here means. */
  readonly unknown: string | undefined;
}

const ROUTE_WORDS: Readonly<Record<string, string>> = {
  to: 'to',
  via: 'via',
  gw: 'via',
  dev: 'dev',
  src: 'src',
  table: 'table',
  metric: 'metric',
  preference: 'metric',
};
const RULE_WORDS: Readonly<Record<string, string>> = {
  from: 'from',
  to: 'to',
  table: 'table',
  lookup: 'table',
  priority: 'priority',
  pref: 'priority',
  preference: 'priority',
  order: 'priority',
};
/** Left away, for the kernel or the agent says it. */
const SAID_ELSEWHERE: Readonly<Record<string, string>> = {
  scope: "without its scope: it follows from the gateway's being there or not",
  proto: 'with the protocol number 213, by which the agent knows its own',
  protocol: 'with the protocol number 213, by which the agent knows its own',
};
const NUMBERS = new Set(['table', 'metric', 'priority']);
const TABLES: Readonly<Record<string, number>> = { main: 254, default: 253 };

const valueOf = (word: string, text: string): string | number =>
  NUMBERS.has(word) ? (TABLES[text] ?? wholeIn(text) ?? text) : text;

/** @param bare what a word stands for that has none before it */
const wordsIn = (
  { words }: Statement,
  known: Readonly<Record<string, string>>,
  bare: string | undefined,
): Words => {
  const texts = words.map(({ text }) => text);
  const values: Record<string, string | number | boolean> = {};
  const notes: string[] = [];
  for (let at = 0; at < texts.length; at += 1) {
    const text = texts[at] ?? '';
    const own = Object.hasOwn(known, text) ? known[text] : undefined;
    const note = Object.hasOwn(SAID_ELSEWHERE, text) ? SAID_ELSEWHERE[text] : undefined;
    if (text === 'onlink' && bare !== undefined) values['onlink'] = true;
    else if (own !== undefined || note !== undefined) {
      at += 1;
      if (own !== undefined) values[own] = valueOf(own, texts[at] ?? '');
      else if (note !== undefined) notes.push(note);
    } else if (
      bare !== undefined &&
      values[bare] === undefined &&
      /^(?:default$|[\d.]+(?:\/\d+)?$)/u.test(text)
    ) {
      values[bare] = text;
    } else return { values, notes, unknown: text };
  }
  return { values, notes, unknown: undefined };
};

const MULTIPATH = 'a route leads over one gateway here: this one has several';
const IPV6 = 'the agent sets IPv4 routes and rules only';
const notUnderstood = (word: string): string =>
  `\`${word}\` has no counterpart: set it in a hook, onMaster and onBackup`;

/** Why the line cannot be written; undefined: it can. */
const refusalOf = (statement: Statement, { unknown }: Words): string | undefined => {
  if (statement.words.some(({ text }) => /^[\da-f]*:[\da-f:]*(?:\/\d+)?$/iu.test(text))) return IPV6;
  if (unknown === 'or' || unknown === 'nexthop') return MULTIPATH;
  return unknown === undefined ? undefined : notUnderstood(unknown);
};

/** `all` is what a rule says that names nothing. */
const withoutAll = (values: Words['values']): Words['values'] =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 'all' && value !== '0.0.0.0/0'));

export const routeIn = (statement: Statement, { ledger }: Context): SaidRoute | undefined => {
  const read = wordsIn(statement, ROUTE_WORDS, 'to');
  // main is what a route has that names no table.
  const { table, ...values } = read.values;
  const parsed = hostRouteSchema.safeParse({
    ...values,
    ...(table === undefined || table === 254 ? {} : { table }),
  });
  const refusal = refusalOf(statement, read) ?? parsed.error?.issues[0]?.message;
  if (refusal !== undefined || parsed.data === undefined) {
    ledger.mark(statement.places, 'human', refusal);
    return undefined;
  }
  ledger.mark(statement.places, 'mapped', ['hostRoutes', ...read.notes].join(', '));
  return { value: parsed.data, statement };
};

export const ruleIn = (statement: Statement, { ledger }: Context): SaidRule | undefined => {
  const read = wordsIn(statement, RULE_WORDS, undefined);
  const parsed = hostRuleSchema.safeParse(withoutAll(read.values));
  const refusal = refusalOf(statement, read) ?? parsed.error?.issues[0]?.message;
  if (refusal !== undefined || parsed.data === undefined) {
    ledger.mark(statement.places, 'human', refusal);
    return undefined;
  }
  ledger.mark(statement.places, 'mapped', ['hostRules', ...read.notes].join(', '));
  return { value: parsed.data, statement };
};

const TOO_MANY = `a group has at most ${HOST_ROUTING_MAX} of them`;

/** Those of a group that may stand in the file together. */
const fitting = <T>(
  said: readonly Line<T>[],
  whyNot: (value: T) => string | undefined,
  keyOf: (value: T) => string,
  { ledger }: Context,
): T[] => {
  const kept = new Map<string, T>();
  for (const { value, statement } of said) {
    const why =
      whyNot(value) ??
      (kept.has(keyOf(value)) ? 'the group has one for the same already: the first is written' : undefined) ??
      (kept.size >= HOST_ROUTING_MAX ? TOO_MANY : undefined);
    if (why === undefined) kept.set(keyOf(value), value);
    else ledger.mark(statement.places, 'human', why);
  }
  return [...kept.values()];
};

export interface SaidRouting {
  readonly routes: readonly SaidRoute[];
  readonly rules: readonly SaidRule[];
}

export const routingOf = (
  { routes, rules }: SaidRouting,
  vips: readonly DraftVip[],
  context: Context,
): { readonly hostRoutes: readonly HostRoute[]; readonly hostRules: readonly HostRule[] } => {
  const own = new Set(vips.map(({ address }) => address));
  const noVip = ({ src }: HostRoute): string | undefined =>
    src === undefined || own.has(src) ? undefined : SRC_IS_NO_VIP;
  return {
    hostRoutes: fitting(routes, noVip, routeKeyOf, context),
    hostRules: fitting(rules, () => undefined, ruleKeyOf, context),
  };
};
