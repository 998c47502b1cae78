/** EventBridge's PutEvents. */
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { CredentialStore } from '../credentials.ts';
import { operation, RpcEnd, RpcError } from '../rpc/end.ts';
import { timeSchema } from '../rpc/values.ts';
import type { EventBus } from './bus.ts';

/** EventBridge's own limits: of one call, and of one entry. */
const ENTRIES_MAX = 10;
const ENTRY_BYTES_MAX = 256 * 1024;
const RESOURCES_MAX = 100;

const entrySchema = z.strictObject({
  Source: z.optional(z.string()),
  DetailType: z.optional(z.string()),
  Detail: z.optional(z.string()),
  Resources: z.optional(z.array(z.string()).check(z.maxLength(RESOURCES_MAX))),
  Time: z.optional(timeSchema),
  EventBusName: z.optional(z.string()),
  TraceHeader: z.optional(z.string()),
});
const inputSchema = z.strictObject({
  Entries: z.array(entrySchema).check(z.minLength(1), z.maxLength(ENTRIES_MAX)),
});
type Entry = z.infer<typeof entrySchema>;

const DEFAULT_BUS = /^(?:arn:aws:events:[^:]*:\d+:event-bus\/)?default$/;

const objectOf = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const refused = (ErrorCode: string, ErrorMessage: string): object => ({ ErrorCode, ErrorMessage });

/** One entry is taken or refused for itself. */
const take = (entry: Entry, bus: EventBus): object => {
  const { Source = '', DetailType = '', Detail = '', Resources = [], Time, EventBusName = 'default' } = entry;
  if (Source === '' || DetailType === '' || Detail === '') {
    return refused('InvalidArgument', 'Parameters Source, DetailType and Detail are required.');
  }
  if (Source.startsWith('aws.'))
    return refused('NotAuthorizedForSourceException', 'Not authorized for the source.');
  const detail = objectOf(Detail);
  if (detail === undefined) return refused('MalformedDetail', 'Detail is malformed.');
  // A bus that does not exist takes the event, and nobody ever hears of it: as in EventBridge.
  if (!DEFAULT_BUS.test(EventBusName)) return { EventId: '00000000-0000-0000-0000-000000000000' };
  const atMs = Time === undefined ? {} : { atMs: Time.getTime() };
  const EventId = bus.put({ source: Source, detailType: DetailType, detail, resources: Resources, ...atMs });
  return { EventId };
};

export interface EventsEndOptions {
  readonly clock: Clock;
  readonly credentials: CredentialStore;
  readonly bus: EventBus;
  readonly onError?: (error: unknown) => void;
}

/** AWS JSON 1.1, as the SDK speaks it. */
export const createEventsEnd = ({ bus, ...options }: EventsEndOptions): RpcEnd =>
  new RpcEnd({
    ...options,
    signedFor: 'events',
    rights: 'events',
    xmlNamespace: 'http://events.amazonaws.com/doc/2015-10-07/',
    operations: {
      PutEvents: operation(inputSchema, ({ Entries }) => {
        const size = Entries.reduce((sum, entry) => sum + Buffer.byteLength(JSON.stringify(entry)), 0);
        if (size > ENTRY_BYTES_MAX)
          throw new RpcError('ValidationException', `Total size of the entries is over ${ENTRY_BYTES_MAX}`);
        const taken = Entries.map((entry) => take(entry, bus));
        return { FailedEntryCount: taken.filter((one) => 'ErrorCode' in one).length, Entries: taken };
      }),
    },
  });
