/** The arbiter's dependencies as tests want them: real store and fabric, captured log, a clock that can be set. */
import { type EpochMs, epochMs } from '../../core/time.ts';
import type { FabricKind } from '../../core/wire/names.ts';
import { createConfigCache } from '../../lambdas/arbiter/configs.ts';
import { createCopies } from '../../lambdas/arbiter/copies.ts';
import type { Deps, Logger } from '../../lambdas/arbiter/deps.ts';
import type { CountName, GaugeName } from '../../lambdas/arbiter/metrics.ts';
import type { Fabric } from '../../lambdas/fabric/fabric.ts';
import type { Store } from '../../lambdas/store/store.ts';

export interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TestDeps extends Deps {
  readonly fabricOf: (kind: FabricKind) => Fabric;
  readonly lines: Line[];
  readonly counted: { name: CountName; value: number; group: string }[];
  /** Without group: of the arbiter as a whole. */
  readonly told: { values: Partial<Record<GaugeName, number>>; group?: string }[];
  /** Shifts the arbiter's clock, milliseconds. */
  advance(ms: number): void;
}

let nonces = 0;
/** Twelve characters, never twice in one test process. */
export const freshNonce = (): string => `n${String((nonces += 1)).padStart(11, '0')}`;

export const testDeps = (
  store: Store,
  fabric: Fabric,
  overrides: Partial<Deps> & Partial<Pick<TestDeps, 'fabricOf'>> = {},
): TestDeps => {
  const lines: Line[] = [];
  const counted: TestDeps['counted'] = [];
  const told: TestDeps['told'] = [];
  let offsetMs = 0;
  const at =
    (level: Line['level']): Logger['info'] =>
    (message, fields) =>
      lines.push({ level, message, fields });
  const clock = (): EpochMs => epochMs(Date.now() + offsetMs);
  return {
    arbiter: 'Ha',
    store,
    configs: createConfigCache(store),
    copies: createCopies(),
    fabricOf: () => fabric,
    clock,
    random: () => 0,
    nonce: freshNonce,
    logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    metrics: {
      count: (name, value, group) => counted.push({ name, value, group }),
      tell: (values, group) => told.push({ values, ...(group === undefined ? {} : { group }) }),
    },
    ...overrides,
    lines,
    counted,
    told,
    advance: (ms) => {
      offsetMs += ms;
    },
  };
};

/** CloudWatch has no alarm about anybody. */
export const noAlarms = (): Promise<ReadonlySet<string>> => Promise.resolve(new Set());
