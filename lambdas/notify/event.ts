/**
 * What the arbiter publishes on EventBridge, as this function understands it, and how it comes: one event from a rule, or
 * several from a queue. What is not known is ignored, so that a newer arbiter's events are told, too.
 */
import * as z from 'zod/mini';
import { BadRequest } from '../errors.ts';

export const SOURCE = 'keepaloft';
/** A queue hands over no more than this in one batch. */
const EVENTS_MAX = 100;

const text = z.string().check(z.maxLength(2000));
const member = z.object({ instanceId: z.nullish(text), az: z.nullish(text), state: z.nullish(text) });

const eventSchema = z.object({
  source: z.literal(SOURCE),
  'detail-type': text,
  time: text,
  region: text,
  detail: z.object({
    arbiter: text,
    /** Absent: it is about the arbiter as a whole. */
    group: z.nullish(text),
    epoch: z.nullish(z.number()),
    phase: z.nullish(text),
    from: z.nullish(member),
    to: z.nullish(member),
    reason: z._default(text, ''),
    cause: z.nullish(
      z.object({ check: z.nullish(text), eventId: z.nullish(text), operatorArn: z.nullish(text) }),
    ),
    vips: z._default(z.array(z.object({ address: text })), []),
    timings: z.nullish(z.object({ darkMs: z.nullish(z.number()) })),
    dryRun: z._default(z.boolean(), false),
  }),
});

/** One event of the arbiter, as it is told. */
export interface Happening {
  /** Without `Keepaloft` in front: `Group State Change`, `Brake Engaged`… */
  readonly type: string;
  readonly arbiter: string;
  readonly region: string;
  /** ISO 8601. */
  readonly time: string;
  readonly group: string | null;
  readonly epoch: number | null;
  readonly phase: string | null;
  /** Instance ids. */
  readonly from: string | null;
  readonly to: string | null;
  readonly reason: string;
  /** The check that failed, the event of the cloud, or the ARN of whoever ordered it. */
  readonly cause: string | null;
  readonly vips: readonly string[];
  /** How long the VIPs led nowhere, milliseconds. */
  readonly darkMs: number | null;
  /** In mode observe: it would have happened. */
  readonly isDryRun: boolean;
}

const parsedEvent = (event: unknown): Happening => {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path = issue?.path.map(String).join('.') ?? '';
    throw new BadRequest(
      `not an event of the arbiter: ${path}: ${issue?.message ?? 'invalid'}`,
      parsed.error,
    );
  }
  const { detail, time, region } = parsed.data;
  const { cause } = detail;
  return {
    type: parsed.data['detail-type'].replace(/^Keepaloft /u, ''),
    arbiter: detail.arbiter,
    region,
    time,
    group: detail.group ?? null,
    epoch: detail.epoch ?? null,
    phase: detail.phase ?? null,
    from: detail.from?.instanceId ?? null,
    to: detail.to?.instanceId ?? null,
    reason: detail.reason,
    cause: cause?.check ?? cause?.operatorArn ?? cause?.eventId ?? null,
    vips: detail.vips.map(({ address }) => address),
    darkMs: detail.timings?.darkMs ?? null,
    isDryRun: detail.dryRun,
  };
};

const batchSchema = z.object({
  Records: z.array(z.object({ body: z.string() })).check(z.maxLength(EVENTS_MAX)),
});

const jsonOf = (body: string): unknown => {
  try {
    const value: unknown = JSON.parse(body);
    return value;
  } catch (cause) {
    throw new BadRequest('a message of the queue is not JSON', cause);
  }
};

/** EventBridge may deliver twice: what is the same thing is told once. */
const keyOf = ({ type, group, epoch, phase, time }: Happening): string =>
  JSON.stringify(epoch === null ? [type, group, time] : [type, group, epoch, phase]);

/**
 * A change of holder is published when it is decided, with who lost the group, and when it is done, with how long that
 * took. Where both have come they are told as one.
 */
const joined = (happenings: readonly Happening[]): Happening[] => {
  const changeKey = ({ type, group, epoch }: Happening): string => JSON.stringify([type, group, epoch]);
  const isDecided = ({ phase, from }: Happening): boolean => phase === 'moving' && from !== null;
  const decided = new Map(happenings.filter(isDecided).map((one) => [changeKey(one), one]));
  const done = new Set(happenings.filter(({ phase }) => phase === 'held').map(changeKey));
  return happenings.flatMap((one) => {
    if (one.phase === 'moving' && done.has(changeKey(one))) return [];
    if (one.phase !== 'held' || one.from !== null) return [one];
    return [{ ...one, from: decided.get(changeKey(one))?.from ?? null }];
  });
};

/** @returns each event once, in the order in which they happened. @throws BadRequest naming the path of what is wrong */
export const parseHappenings = (input: unknown): Happening[] => {
  const batch = batchSchema.safeParse(input);
  const events = batch.success ? batch.data.Records.map(({ body }) => jsonOf(body)) : [input];
  const unique = new Map(events.map(parsedEvent).map((happening) => [keyOf(happening), happening]));
  const inOrder = [...unique.values()].toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return joined(inOrder);
};
