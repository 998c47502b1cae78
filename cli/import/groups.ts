/** vrrp_instances that a vrrp_sync_group keeps together become one group, for a group's VIPs move together. */
import { type Draft, newDraft, type Said } from './draft.ts';
import { SYNC_GROUP } from './fates.ts';
import { NOTIFYING, type Reading, readLinesOf, TRACKING } from './instance.ts';
import { keywordOf, type Statement, valueOf } from './tree.ts';

/** Names stand in a block of their own, or as an older form has it in the group itself: a line with nothing but a name. */
const namesIn = (statement: Statement): Statement[] =>
  (statement.body ?? []).flatMap((inner) => {
    if (keywordOf(inner) === 'group') return inner.body ?? [];
    const isName =
      inner.words.length === 1 && inner.body === undefined && !/^[a-z_]+$/u.test(keywordOf(inner));
    return isName ? [inner] : [];
  });

interface Joining extends Reading {
  /** Those that no group has taken yet. */
  readonly free: Map<string, Draft>;
}

const memberOf = (
  line: Statement,
  group: string,
  { context: { ledger }, free }: Joining,
): Draft | undefined => {
  const name = keywordOf(line);
  const draft = free.get(name);
  free.delete(name);
  if (draft === undefined) {
    ledger.mark(line.places, 'human', `no vrrp_instance is named ${name}, or another group has it already`);
  } else ledger.mark(line.places, 'mapped', `its VIPs are those of ${group}`);
  return draft;
};

/** The first one's value; who says another is told. */
const joined = <T>(
  drafts: readonly Draft[],
  of: (draft: Draft) => Said<T>,
  { context: { ledger } }: Reading,
): Said<T> | undefined => {
  const [first, ...others] = drafts;
  if (first === undefined) return undefined;
  for (const other of others) {
    const { value, statement } = of(other);
    if (value !== of(first).value) {
      const why = `the instances of a group must agree: that of ${first.name} is written, ${String(of(first).value)}`;
      ledger.mark((statement ?? other.statement).places, 'human', why);
    }
  }
  return of(first);
};

const NOT_WEIGHED = 'in a sync group keepalived takes the weight for 0, and so it is written';

const joinChecks = (group: Draft, member: Draft, { context: { ledger } }: Reading): void => {
  for (const use of member.uses) {
    if (use.weight !== 0) ledger.mark(use.statement.places, 'mapped', NOT_WEIGHED);
    const isThere = group.uses.some(({ name, kind }) => name === use.name && kind === use.kind);
    if (!isThere) group.uses.push({ ...use, weight: 0, isReversed: false });
  }
};

const joinHooks = (group: Draft, member: Draft, { context: { ledger } }: Reading): void => {
  for (const [name, hook] of member.hooks) {
    const own = group.hooks.get(name);
    if (own === undefined) group.hooks.set(name, hook);
    else if (JSON.stringify(own.argv) !== JSON.stringify(hook.argv)) {
      ledger.mark(
        hook.statement.places,
        'human',
        `a group has one hook a state, and ${name} is taken: call this from there`,
      );
    }
  }
};

const groupOf = (statement: Statement, joining: Joining): Draft => {
  const group = newDraft(valueOf(statement), statement);
  const names = namesIn(statement);
  const rest = (statement.body ?? []).filter(
    (inner) => keywordOf(inner) !== 'group' && !names.includes(inner),
  );
  for (const inner of statement.body ?? []) {
    if (keywordOf(inner) === 'group') joining.context.ledger.mark(inner.places, 'mapped');
  }
  readLinesOf(group, rest, { ...TRACKING, ...NOTIFYING }, SYNC_GROUP, joining);
  const members = names.flatMap((line) => memberOf(line, group.name, joining) ?? []);
  for (const member of members) {
    group.vips.push(...member.vips);
    group.moves.push(...member.moves);
    group.routes.push(...member.routes);
    group.rules.push(...member.rules);
    group.peers.push(...member.peers.filter((peer) => !group.peers.includes(peer)));
    joinChecks(group, member, joining);
    joinHooks(group, member, joining);
    joining.context.ledger.mark(member.statement.places, 'mapped', `part of ${group.name}`);
  }
  group.priority = joined(members, ({ priority }) => priority, joining) ?? group.priority;
  group.heartbeatMs = joined(members, ({ heartbeatMs }) => heartbeatMs, joining) ?? group.heartbeatMs;
  group.preempt = joined(members, ({ preempt }) => preempt, joining) ?? group.preempt;
  group.preemptDelayMs =
    joined(members, ({ preemptDelayMs }) => preemptDelayMs, joining) ?? group.preemptDelayMs;
  group.leaseHeartbeats = members.find(
    ({ leaseHeartbeats }) => leaseHeartbeats !== undefined,
  )?.leaseHeartbeats;
  return group;
};

/** @returns the groups and, behind them, the instances that are in none */
export const groupsOf = (
  drafts: readonly Draft[],
  syncGroups: readonly Statement[],
  reading: Reading,
): Draft[] => {
  const joining = { ...reading, free: new Map(drafts.map((draft) => [draft.name, draft])) };
  const groups = syncGroups.map((statement) => groupOf(statement, joining));
  return [...groups, ...drafts.filter(({ name }) => joining.free.has(name))];
};
