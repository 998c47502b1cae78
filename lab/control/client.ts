/** Speaks to a running lab over its control socket. Every failure is a `LabError` with a remedy. */

import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { LabError } from '../errors.ts';
import {
  type AlarmView,
  alarmViewSchema,
  type CloudOrder,
  type CloudOutcome,
  cloudOutcomeSchema,
} from './cloud.ts';
import {
  type ActiveFault,
  activeFaultSchema,
  type FaultOrder,
  type JournalEntry,
  type JournalPage,
  journalPageSchema,
  type LabInfo,
  type LabStatus,
  labErrorSchema,
  labInfoSchema,
  labStatusSchema,
} from './types.ts';

/** A lab answers within milliseconds; this long means that it hangs. */
const answerMsMax = 10_000;
/** A day of schedules, each of which is waited for. */
const cloudMsMax = 300_000;
/** Taking a lab down waits for every process of it. */
const downMsMax = 30_000;
/** A journal page of a long-running lab is a few megabytes at most. */
const answerBytesMax = 64 * 1024 * 1024;
/** Pages read by `journalFrom` in one go: the lab's journal is bounded, so this many pages means that it runs away. */
const pagesMax = 1000;
const okStatus = 200;
const errorStatusMin = 400;

const healedSchema = z.object({ healed: z.array(z.string()) });
const emptySchema = z.object({});

/** What one lab can be asked. */
export interface LabClient {
  info(): Promise<LabInfo>;
  status(): Promise<LabStatus>;
  /** One page of the journal, from entry `from` on. */
  journal(from?: number): Promise<JournalPage>;
  fault(order: FaultOrder): Promise<ActiveFault>;
  /** Ends one fault, or all of them; resolves with the ids of those that ended. */
  heal(id?: string): Promise<string[]>;
  /** The alarms as they stand. */
  alarms(): Promise<AlarmView[]>;
  /** Puts an event on the bus, runs a schedule, or lets time pass for the alarms. */
  cloud(order: CloudOrder): Promise<CloudOutcome>;
  /** Takes the lab down; resolves when all of it is gone. */
  down(): Promise<void>;
}

/** Where the lab whose directory this is listens. */
export const controlSocketOf = (directory: string): string => join(directory, 'control.sock');

const unreachable = (directory: string, cause: unknown): LabError =>
  new LabError('lab-unreachable', `the lab in ${directory} does not answer`, {
    remedy:
      'it may be starting or ending; `keepaloft lab list` shows what runs, `keepaloft lab down` removes it',
    cause,
  });

const strangeAnswer = (path: string, cause: unknown): LabError =>
  new LabError('strange-answer', `the lab answered ${path} in a form this version does not know`, {
    remedy: 'take the lab down and start it with this version',
    cause,
  });

const bodyOf = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const part = Buffer.from(chunk as Uint8Array);
    bytes += part.length;
    if (bytes > answerBytesMax) {
      throw new Error(`an answer of more than ${answerBytesMax} bytes`);
    }
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
};

interface Ask {
  method: 'GET' | 'POST';
  path: string;
  body?: unknown;
  timeoutMs?: number;
}

const exchange = (socketPath: string, ask: Ask): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const outgoing = request(
      {
        socketPath,
        method: ask.method,
        path: ask.path,
        headers: { 'content-type': 'application/json', connection: 'close' },
        signal: AbortSignal.timeout(ask.timeoutMs ?? answerMsMax),
      },
      (response) => {
        bodyOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
      },
    );
    outgoing.once('error', reject);
    outgoing.end(ask.body === undefined ? undefined : JSON.stringify(ask.body));
  });

const errorIn = (ask: Ask, status: number, document: unknown): LabError => {
  const parsed = labErrorSchema.safeParse(document);
  if (!parsed.success) {
    return strangeAnswer(ask.path, new Error(`status ${status}`));
  }
  const { code, message, remedy } = parsed.data.error;
  return new LabError(code, message, { remedy });
};

/**
 * The client of the lab whose directory this is. Nothing is connected until something is asked.
 *
 * @example const status = await connectLab(info.dir).status();
 */
export const connectLab = (directory: string): LabClient => {
  const socketPath = controlSocketOf(directory);
  const call = async <T extends z.ZodMiniType>(ask: Ask, schema: T): Promise<z.output<T>> => {
    const { status, text } = await exchange(socketPath, ask).catch((cause: unknown) => {
      throw unreachable(directory, cause);
    });
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch (cause) {
      throw strangeAnswer(ask.path, cause);
    }
    if (status >= errorStatusMin) {
      throw errorIn(ask, status, document);
    }
    const parsed = schema.safeParse(document);
    if (status !== okStatus || !parsed.success) {
      throw strangeAnswer(ask.path, parsed.error ?? new Error(`status ${status}`));
    }
    return parsed.data;
  };
  return {
    info: () => call({ method: 'GET', path: '/info' }, labInfoSchema),
    status: () => call({ method: 'GET', path: '/status' }, labStatusSchema),
    journal: (from = 0) => call({ method: 'GET', path: `/journal?from=${from}` }, journalPageSchema),
    fault: (order) => call({ method: 'POST', path: '/fault', body: order }, activeFaultSchema),
    heal: async (id) => {
      const body = id === undefined ? {} : { id };
      return (await call({ method: 'POST', path: '/heal', body }, healedSchema)).healed;
    },
    alarms: () => call({ method: 'GET', path: '/alarms' }, z.array(alarmViewSchema)),
    cloud: (order) =>
      call({ method: 'POST', path: '/cloud', body: order, timeoutMs: cloudMsMax }, cloudOutcomeSchema),
    down: async () => {
      await call({ method: 'POST', path: '/down', body: {}, timeoutMs: downMsMax }, emptySchema);
    },
  };
};

/** All entries from `from` on that the lab has now, and where to go on reading. */
export const journalFrom = async (
  client: Pick<LabClient, 'journal'>,
  from = 0,
): Promise<{ next: number; entries: JournalEntry[] }> => {
  const entries: JournalEntry[] = [];
  let next = from;
  for (let page = 0; page < pagesMax; page += 1) {
    const read = await client.journal(next);
    entries.push(...read.entries);
    next = read.next;
    if (read.entries.length === 0) {
      break;
    }
  }
  return { next, entries };
};
