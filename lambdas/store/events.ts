/**
 * What was decided about a group, one item a decision, kept for 90 days beside the group's state and configuration.
 *
 * | pk      | sk                             | holds                                                      |
 * | ------- | ------------------------------ | ---------------------------------------------------------- |
 * | `mysql` | `event#EPOCH#REV#N`, all padded | {@link HistoryEvent}, and `expiresAt` (seconds) for the TTL |
 *
 * The rev is that of the write by which it was decided, and N its place among what that write decided: the order of the
 * keys is the order of the decisions whatever the clocks say, and a decision that is written twice is there once.
 */
import type { GroupEvent } from '../../core/election/types.ts';
import { type HistoryEvent, historyEventSchema } from '../../core/wire/admin.ts';
import { type Attributes, marshal, unmarshal } from '../../core/wire/attributes.ts';
import { CorruptItem } from '../errors.ts';
import { keyOf } from './items.ts';
import type { Table } from './table.ts';

/** How long a decision is kept. */
const KEPT_DAYS = 90;
const DAY_SECONDS = 86_400;
/** As many digits as `EPOCH_BELIEVED_MAX` has; and more writes than a group makes in a thousand years. */
const EPOCH_DIGITS = 15;
const REV_DIGITS = 13;
const PLACE_DIGITS = 2;
const PREFIX = 'event#';
const LAST = `${PREFIX}~`;

/** A decision and the write that it belongs to. */
export interface Decided {
  readonly event: GroupEvent;
  readonly rev: number;
  /** Its place among the effects of that write. */
  readonly place: number;
}

export interface EventStore {
  /** Writes one decision; one that is there already stays as it is. @throws as `Store.load` */
  put(decided: Decided): Promise<void>;
  /** The last decisions, newest first. @throws CorruptItem, and as `Store.load` */
  latest(group: string, limit: number): Promise<HistoryEvent[]>;
}

const padded = (value: number, digits: number): string => String(value).padStart(digits, '0');

export const eventKey = ({ event, rev, place }: Decided): string =>
  `${PREFIX}${padded(event.epoch, EPOCH_DIGITS)}#${padded(rev, REV_DIGITS)}#${padded(place, PLACE_DIGITS)}`;

export const eventItem = (decided: Decided): Attributes => {
  const { group, ...fields } = decided.event;
  const expiresAt = Math.floor(fields.at / 1000) + KEPT_DAYS * DAY_SECONDS;
  return { ...keyOf(group, eventKey(decided)), ...marshal({ ...fields, expiresAt }) };
};

const parseEvent = (item: Attributes): HistoryEvent => {
  try {
    return historyEventSchema.parse(unmarshal(item));
  } catch (cause) {
    throw new CorruptItem(item['pk']?.S ?? '', item['sk']?.S ?? '', cause);
  }
};

export const createEventStore = (table: Pick<Table, 'put' | 'query'>): EventStore => ({
  async put(decided) {
    await table.put({ item: eventItem(decided), condition: 'attribute_not_exists(pk)' });
  },
  async latest(group, limit) {
    const items = await table.query({ pk: group, from: PREFIX, to: LAST, limit, backwards: true });
    return items.map(parseEvent);
  },
});
