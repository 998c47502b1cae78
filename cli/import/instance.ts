/** A vrrp_instance, line by line. */
import { canonicalIpv6 } from '../../core/wire/ipv6.ts';
import { ipv4Schema } from '../../core/wire/names.ts';
import type { Context } from './context.ts';
import { type Draft, newDraft } from './draft.ts';
import { fateOf, INSTANCE } from './fates.ts';
import { hookNameOf, notifyOf } from './hooks.ts';
import { msIn, wholeIn } from './numbers.ts';
import type { Registry } from './registry.ts';
import { routeIn, ruleIn } from './routing.ts';
import { PEER_DETECTION, type TrackedKind } from './tracked.ts';
import { keywordOf, markAll, type Statement, valueOf } from './tree.ts';

export interface Reading {
  readonly context: Context;
  readonly registry: Registry;
}

/** @returns why somebody must look, or undefined */
type Line = (draft: Draft, statement: Statement, reading: Reading) => string | undefined;

const PRIORITY_MAX = 254;
const HEARTBEAT_MIN_MS = 100;
const HEARTBEAT_MAX_MS = 60_000;
const DELAY_MAX_MS = 86_400_000;
const LEASE_HEARTBEATS_MIN = 3;

const priority: Line = (draft, statement, { context }) => {
  const value = wholeIn(valueOf(statement));
  if (value === undefined || value < 1 || value > PRIORITY_MAX + 1) return `it must be 1 to ${PRIORITY_MAX}`;
  if (value > PRIORITY_MAX) {
    const why = `nobody owns an address here: ${PRIORITY_MAX} is the highest priority, and is written`;
    context.ledger.mark(statement.places, 'mapped', why);
  }
  draft.priority = { value: Math.min(value, PRIORITY_MAX), statement };
  return undefined;
};

const TOO_FAST =
  'heartbeats go to the arbiter 100 ms apart at the least, and 100 ms is written; what finds a dead host in less than a second is peer detection, with rarer and cheaper heartbeats';

const advertInterval: Line = (draft, statement) => {
  const ms = msIn(valueOf(statement));
  if (ms === undefined) return 'no number of seconds';
  draft.heartbeatMs = { value: Math.min(HEARTBEAT_MAX_MS, Math.max(HEARTBEAT_MIN_MS, ms)), statement };
  if (ms < HEARTBEAT_MIN_MS) return TOO_FAST;
  return ms > HEARTBEAT_MAX_MS ? 'heartbeats are 60 s apart at the most, and 60 s is written' : undefined;
};

const downTimer: Line = (draft, statement) => {
  const value = wholeIn(valueOf(statement));
  if (value === undefined || value < LEASE_HEARTBEATS_MIN || value > 100) {
    return 'a lease is at least three heartbeats, and three are written';
  }
  draft.leaseHeartbeats = { value, statement };
  return undefined;
};

const preemptDelay: Line = (draft, statement) => {
  const value = msIn(valueOf(statement));
  if (value === undefined || value > DELAY_MAX_MS) return 'no number of seconds up to a day';
  draft.preemptDelayMs = { value, statement };
  return undefined;
};

const isIpv4 = (address: string): boolean => ipv4Schema.safeParse(address).success;

/** Words behind an address that a bound /32 or /128 has no use for. */
const FRAMING = new Set(['brd', 'broadcast', 'scope', 'label', 'peer', 'preferred_lft', 'track_group']);

const oneAddress = (draft: Draft, statement: Statement, { context: { ledger, words } }: Reading): void => {
  const [first, ...rest] = statement.words.map(({ text }) => text);
  const [written = '', prefix] = (first ?? '').split('/');
  const other = canonicalIpv6(written);
  const address = other ?? written;
  if (other === undefined ? !isIpv4(address) : !words.takesVip({ address, fabric: 'ipv6' })) {
    const why =
      other === undefined ? 'no IP address' : 'an IPv6 address that no cloud moves: link-local, or the like';
    ledger.mark(statement.places, 'human', why);
    return;
  }
  const bits = other === undefined ? '32' : '128';
  const at = rest.indexOf('dev');
  const device = at < 0 ? undefined : rest[at + 1];
  // Without an interface of its own, an instance has that of its addresses.
  draft.interface ??= device;
  if (device !== undefined && device !== draft.interface) {
    ledger.mark(
      statement.places,
      'human',
      `all VIPs are bound on one interface, and not on ${device} besides`,
    );
  }
  const left = rest.filter((word) => FRAMING.has(word));
  const notes = [
    ...(prefix === undefined || prefix === bits ? [] : [`it is bound as /${bits}`]),
    ...(left.length === 0 ? [] : [`without its ${left.join(', ')}`]),
  ];
  ledger.mark(statement.places, 'mapped', notes.length === 0 ? undefined : notes.join(', '));
  draft.vips.push({ address, statement });
};

const addresses: Line = (draft, statement, reading) => {
  for (const inner of statement.body ?? []) oneAddress(draft, inner, reading);
  return undefined;
};

const tracks =
  (kind: TrackedKind | 'interface'): Line =>
  (draft, statement, { context, registry }) => {
    for (const inner of statement.body ?? []) {
      const use = kind === 'interface' ? registry.useInterface(inner) : registry.use(kind, draft.name, inner);
      if (use === undefined) continue;
      if (kind === 'bfd') {
        draft.peerDetection ??= use.check;
        context.ledger.mark(inner.places, 'mapped', PEER_DETECTION);
        continue;
      }
      if (draft.uses.some(({ name, kind }) => name === use.name && kind === use.kind)) {
        context.ledger.mark(inner.places, 'human', 'it is tracked twice: the first counts');
        continue;
      }
      context.ledger.mark(inner.places, 'mapped', `a check of ${draft.name}`);
      draft.uses.push(use);
    }
    return undefined;
  };

/** Of a group or an instance: what reacts to a change. */
export const notify: Line = (draft, statement, { context }) => {
  const name = hookNameOf(keywordOf(statement));
  if (name === undefined) return undefined;
  const { hook, moves } = notifyOf(statement, name, context);
  draft.moves.push(...moves.map((move) => ({ move, statement })));
  if (hook === undefined) return undefined;
  if (draft.hooks.has(name))
    return `there is another ${keywordOf(statement)} already, and one hook a state: the first is written`;
  draft.hooks.set(name, hook);
  return undefined;
};

/** Tracking, the same in an instance and in a group of them. */
export const TRACKING: Readonly<Record<string, Line>> = {
  track_script: tracks('script'),
  track_process: tracks('process'),
  track_file: tracks('file'),
  track_bfd: tracks('bfd'),
  track_interface: tracks('interface'),
};
export const NOTIFYING: Readonly<Record<string, Line>> = {
  notify_master: notify,
  notify_backup: notify,
  notify_fault: notify,
  notify_stop: notify,
  notify,
};

const LINES: Readonly<Record<string, Line>> = {
  ...TRACKING,
  ...NOTIFYING,
  priority,
  advert_int: advertInterval,
  down_timer_adverts: downTimer,
  preempt_delay: preemptDelay,
  nopreempt: (draft, statement) => {
    draft.preempt = { value: false, statement };
    return undefined;
  },
  preempt: (draft, statement) => {
    draft.preempt = { value: true, statement };
    return undefined;
  },
  virtual_routes: (draft, { body = [] }, { context }) => {
    draft.routes.push(...body.flatMap((inner) => routeIn(inner, context) ?? []));
    return undefined;
  },
  virtual_rules: (draft, { body = [] }, { context }) => {
    draft.rules.push(...body.flatMap((inner) => ruleIn(inner, context) ?? []));
    return undefined;
  },
  virtual_ipaddress: addresses,
  virtual_ipaddress_excluded: addresses,
};

const MASTER_PREEMPTS =
  'keepalived ignores nopreempt where the state is MASTER, so preempt: true is written; say false if that was meant';

/** keepalived takes one that says MASTER and no priority for the owner of the address. */
const OWNS = `without a priority, and with state MASTER, it has keepalived's highest: ${PRIORITY_MAX} is written`;

/** What is noted in passing of lines that have no counterpart. */
const noteOf = (draft: Draft, statement: Statement): void => {
  const keyword = keywordOf(statement);
  if (keyword === 'state') draft.isMaster = valueOf(statement) === 'MASTER';
  if (keyword === 'unicast_peer') draft.peers.push(...(statement.body ?? []).map(keywordOf).filter(isIpv4));
};

/** @param lines what has a counterpart; what else may stand there has one of the `fates` */
export const readLinesOf = (
  draft: Draft,
  body: readonly Statement[],
  lines: Readonly<Record<string, Line>>,
  fates: Parameters<typeof fateOf>[0],
  reading: Reading,
): void => {
  const { ledger } = reading.context;
  for (const statement of body) {
    const keyword = keywordOf(statement);
    const line = Object.hasOwn(lines, keyword) ? lines[keyword] : undefined;
    const fate = line === undefined ? fateOf(fates, keyword) : undefined;
    noteOf(draft, statement);
    if (line !== undefined) {
      const why = line(draft, statement, reading);
      ledger.mark(statement.places, why === undefined ? 'mapped' : 'human', why);
    } else if (fate !== undefined) markAll(ledger, statement, fate.verdict, fate.why);
    else markAll(ledger, statement, 'human', `${keyword} is not known here`);
  }
};

/** @param statement a vrrp_instance */
export const instanceOf = (statement: Statement, reading: Reading): Draft => {
  const body = statement.body ?? [];
  const draft = newDraft(valueOf(statement), statement);
  // It is needed by lines that may stand before it.
  const own = body.find((inner) => keywordOf(inner) === 'interface');
  draft.interface = own === undefined ? undefined : valueOf(own);
  readLinesOf(draft, body, LINES, INSTANCE, reading);
  if (draft.isMaster && draft.priority.statement === undefined) {
    draft.priority = { value: PRIORITY_MAX };
    reading.context.ledger.mark(statement.places, 'mapped', OWNS);
  }
  const { statement: said } = draft.preempt;
  if (draft.isMaster && !draft.preempt.value && said !== undefined) {
    draft.preempt = { value: true, statement: said };
    reading.context.ledger.mark(said.places, 'human', MASTER_PREEMPTS);
  }
  return draft;
};
