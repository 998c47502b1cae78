/** From the lab's journal to the history: decisions, EC2 calls, processes, and what agents say about their role. Pure. */
import * as z from 'zod/mini';
import type { JournalEntry } from '../control/types.ts';
import type { EventOf, HistoryEvent } from './history.ts';

const node = z.optional(z.nullable(z.string()));
const decisionSchema = z.looseObject({
  at: z.number(),
  kind: z.string(),
  group: z.string(),
  epoch: z.int(),
  from: node,
  to: node,
  reason: z.string(),
  detail: z.optional(z.record(z.string(), z.unknown())),
});
const ec2Schema = z.looseObject({
  at: z.number(),
  kind: z.literal('ec2-call'),
  action: z.string(),
  principal: node,
  status: z.int(),
  startedAt: z.number(),
  endedAt: z.number(),
  error: node,
  addresses: z.optional(z.array(z.string())),
  about: z.optional(z.string()),
});
const associationSchema = z.looseObject({
  at: z.number(),
  kind: z.literal('applied'),
  address: z.string(),
  startedAt: z.number(),
  host: z.nullable(z.string()),
  // Of an Elastic IP only.
  private: z.nullable(z.string()),
});
const processSchema = z.looseObject({
  at: z.number(),
  kind: z.literal('process'),
  host: z.string(),
  what: z.string(),
  event: z.string(),
  code: z.optional(z.nullable(z.int())),
  signal: node,
});
const agentSchema = z.looseObject({
  at: z.number(),
  kind: z.literal('agent'),
  host: z.string(),
  level: z.optional(z.union([z.string(), z.number()])),
  message: z.optional(z.string()),
  fields: z.looseObject({ group: z.optional(z.string()), epoch: z.optional(z.int()) }),
});
const lambdaSchema = z.looseObject({
  at: z.number(),
  kind: z.literal('lambda'),
  level: z.string(),
  message: z.string(),
  fields: z.looseObject({ code: z.optional(z.string()) }),
});

const DECISIONS = ['transfer', 'committed', 'move-failed', 'move-stale', 'drift', 'releasing'] as const;
type Decision = EventOf<'decision'>['what'];
const whatOf = (type: string): Decision => DECISIONS.find((known) => known === type) ?? 'other';

/** What an agent says at the level of information is worth a line when its role changes or stays against the odds. */
const isTelling = (level: unknown, message: string): boolean =>
  level === 'warn' || level === 'error' || / -> |resum|giving up|letting go|lease/u.test(message);

/** What every log line repeats. */
const NOISE: ReadonlySet<string> = new Set(['time', 'pid', 'hostname', 'name', 'v', 'group', 'epoch']);
const LINE_CHARS_MAX = 300;

const words = (fields: Readonly<Record<string, unknown>> | undefined): string =>
  Object.entries(fields ?? {})
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');

/** Who it is stands after the account. */
const who = (principal: string | null | undefined): string =>
  (principal ?? 'unknown').replace(/^arn:[^/]*:/u, '').replace(/^assumed-role\//u, '');

const readers: readonly ((
  entry: JournalEntry,
  name: (node: string | null) => string | null,
) => HistoryEvent | undefined)[] = [
  (entry, name) => {
    const parsed = decisionSchema.safeParse(entry);
    if (!parsed.success || entry.kind === 'lambda') return undefined;
    const { at, kind: type, group, epoch, from, to, reason, detail } = parsed.data;
    return {
      kind: 'decision',
      at,
      what: whatOf(type),
      type,
      group,
      epoch,
      reason,
      from: name(from ?? null),
      to: name(to ?? null),
      detail: words(detail),
    };
  },
  (entry) => {
    const parsed = ec2Schema.safeParse(entry);
    if (!parsed.success) return undefined;
    const { at, action, principal, status, startedAt, endedAt, error, addresses = [], about } = parsed.data;
    const named = [...addresses, ...(about === undefined ? [] : [about])];
    const outcome = `${error ?? status} after ${Math.round(endedAt - startedAt)} ms`;
    return { kind: 'ec2', at, action, by: who(principal), outcome, addresses: named.join(',') };
  },
  (entry) => {
    const parsed = associationSchema.safeParse(entry);
    if (!parsed.success) return undefined;
    const { at, address: vip, startedAt: since, host, private: stand } = parsed.data;
    return { kind: 'associated', at, since, vip, private: stand, host };
  },
  (entry) => {
    const parsed = processSchema.safeParse(entry);
    if (!parsed.success) return undefined;
    const { at, host, what, event, code, signal } = parsed.data;
    const how = event === 'exited' ? ` ${signal ?? `code ${code ?? 'unknown'}`}` : '';
    return { kind: 'process', at, host, what, event: `${event}${how}` };
  },
  (entry) => {
    const parsed = agentSchema.safeParse(entry);
    if (!parsed.success) return undefined;
    const { at, host, level, message = '', fields } = parsed.data;
    if (!isTelling(level, message)) return undefined;
    const why = words(Object.fromEntries(Object.entries(fields).filter(([name]) => !NOISE.has(name))));
    return {
      kind: 'agent',
      at,
      host,
      message: why === '' ? message : `${message}  ${why}`,
      group: fields.group ?? null,
      epoch: fields.epoch ?? null,
    };
  },
  (entry) => {
    const parsed = lambdaSchema.safeParse(entry);
    if (!parsed.success || parsed.data.level === 'INFO' || parsed.data.level === 'DEBUG') return undefined;
    const { at, message, fields } = parsed.data;
    // A heartbeat that a later one overtook is refused: everyday life on a network.
    if (fields.code === 'StaleBeat') return undefined;
    const { service: _s, timestamp: _t, ...more } = fields;
    return { kind: 'lambda', at, message: `${message}  ${words(more)}`.slice(0, LINE_CHARS_MAX) };
  },
];

/**
 * The event that a journal entry is, or undefined when the history has no use for it.
 * @param name the host's name of an instance id
 */
export const eventOfEntry = (
  entry: JournalEntry,
  name: (node: string | null) => string | null,
): HistoryEvent | undefined => {
  if (entry.kind === 'lab-error')
    return { kind: 'blind', at: entry.at, what: `lab: ${String(entry['message'])}` };
  for (const read of readers) {
    const event = read(entry, name);
    if (event !== undefined) return event;
  }
  return undefined;
};
