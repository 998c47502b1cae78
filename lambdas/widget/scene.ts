/** What the widget shows: everything that was looked up, and how large and in which colours it is to be shown. */
import type { HistoryEvent, StatusResponse } from '../../core/wire/admin.ts';
import type { AlarmSight } from '../cloudwatch/alarms.ts';

/** A metric of a group over the last hours, oldest first; a gap is left out. */
export interface Trace {
  readonly label: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** What CloudWatch told; `problem` says why it told nothing, and then the rest is shown all the same. */
export interface Watched {
  readonly alarms: readonly AlarmSight[];
  readonly traces: Readonly<Record<string, readonly Trace[]>>;
  readonly problem: string | null;
}

/** What became of an order that was given by a button. */
export interface Notice {
  readonly kind: 'done' | 'refused';
  readonly text: string;
}

export interface Scene {
  readonly status: StatusResponse;
  /** The last decisions about each group, newest first; null when they cannot be read. */
  readonly histories: Readonly<Record<string, readonly HistoryEvent[] | null>>;
  readonly watched: Watched;
  readonly notice: Notice | null;
  readonly view: View;
}

/** How it is shown. */
export interface View {
  readonly theme: 'dark' | 'light';
  readonly isNarrow: boolean;
  /** The function that the buttons call; null: there are none. */
  readonly endpoint: string | null;
}
