/** What the arbiter needs from outside. Every Lambda hands the same things in; tests hand in their own. */
import type { EpochMs } from '../../core/time.ts';
import type { Pulse } from '../../core/wire/admin.ts';
import type { FabricKind } from '../../core/wire/names.ts';
import type { Mover } from '../fabric/fabric.ts';
import type { Bus } from '../publish/bus.ts';
import type { Store } from '../store/store.ts';
import type { ConfigCache } from './configs.ts';
import type { Copies } from './copies.ts';
import type { Metrics } from './metrics.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Structured lines. Timelines are built from `group-event` (info), `fabric-call` (info) and `swap` (debug). */
export interface Logger {
  debug(message: string, fields: Fields): void;
  info(message: string, fields: Fields): void;
  warn(message: string, fields: Fields): void;
  error(message: string, fields: Fields): void;
}

export interface Deps {
  /** The name of the deployment. */
  readonly arbiter: string;
  readonly store: Store;
  readonly configs: ConfigCache;
  readonly copies: Copies;
  readonly fabricOf: (kind: FabricKind) => Mover;
  /** The wall clock, milliseconds. */
  readonly clock: () => EpochMs;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  /** A new name for each write: 12 characters. */
  readonly nonce: () => string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** What CloudWatch knows of the arbiter; undefined: it is not asked. */
  readonly pulse?: (() => Promise<Pulse>) | undefined;
  /** Where decisions are published; undefined: nowhere. */
  readonly bus?: Bus | undefined;
}
