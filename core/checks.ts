/**
 * How the results of checks become health and priority, after keepalived's vrrp_script: `fall` failures in a row
 * bring a check down, `rise` successes in a row bring it up again. Pure.
 */
import type { BootMs } from './time.ts';

/** What counting needs to know of a check. */
export interface CheckSpec {
  readonly rise: number;
  readonly fall: number;
  /** 0: down means FAULT. Negative: added to the priority while down. Positive: added while up. */
  readonly weight: number;
  /** Start as down until `rise` successes, rather than as up until `fall` failures. */
  readonly initFail: boolean;
}

/** What one run of a check found. `detail` is one line for people. */
export interface CheckResult {
  readonly passed: boolean;
  readonly detail: string;
}

export interface CheckState {
  readonly up: boolean;
  /** Consecutive results that contradict `up`: failures while up, successes while down. */
  readonly against: number;
  /** Of the latest result; empty before the first. */
  readonly detail: string;
  /** When `up` last changed; undefined while it never has. */
  readonly changedAt: BootMs | undefined;
  /** At least one result has been counted. */
  readonly seen: boolean;
}

/** A check before its first result. */
export const initialCheck = (spec: CheckSpec): CheckState => ({
  up: !spec.initFail,
  against: 0,
  detail: '',
  changedAt: undefined,
  seen: false,
});

/** Counts one result. A result that agrees with `up` starts the count against it anew. */
export const reduceCheck = (
  spec: CheckSpec,
  state: CheckState,
  result: CheckResult,
  now: BootMs,
): CheckState => {
  const against = result.passed === state.up ? 0 : state.against + 1;
  const turns = against >= (state.up ? spec.fall : spec.rise);
  return {
    up: turns ? !state.up : state.up,
    against: turns ? 0 : against,
    detail: result.detail,
    changedAt: turns ? now : state.changedAt,
    seen: true,
  };
};

/** What all checks of a group together say. */
export interface Assessment {
  readonly health: 'ok' | 'fault';
  /** Why, when `health` is `fault`; at most FAULT_CHARS_MAX characters. */
  readonly fault?: string;
  /** Base plus weights, kept within 1 to 254. */
  readonly priority: number;
  /** Some check that is still up has failed at least once in a row: it may fall with its next result. */
  readonly wavering: boolean;
  /** Names of checks that are down and cost priority: a negative weight added, or a positive one withheld. */
  readonly degradedBy: readonly string[];
  /** Names of all checks that are down; absent when all are up. */
  readonly down?: readonly string[];
}

export const PRIORITY_MIN = 1;
export const PRIORITY_MAX = 254;
export const FAULT_CHARS_MAX = 200;

/** A check and where its count stands. */
export interface CountedCheck {
  readonly name: string;
  readonly spec: CheckSpec;
  readonly state: CheckState;
}

const weightNow = ({ spec, state }: CountedCheck): number =>
  (spec.weight < 0 && !state.up) || (spec.weight > 0 && state.up) ? spec.weight : 0;

const describeFault = (down: readonly CountedCheck[]): string =>
  down
    .map(({ name, state }) =>
      state.detail === '' ? `check ${name} is down` : `check ${name}: ${state.detail}`,
    )
    .join('; ')
    .slice(0, FAULT_CHARS_MAX);

/**
 * Judges a group by its checks.
 * @param base the configured priority, 1 to 254
 * @example assess(100, [{ name: 'mysqld', spec, state }]).health
 */
export const assess = (base: number, checks: readonly CountedCheck[]): Assessment => {
  const priority = checks.reduce((sum, check) => sum + weightNow(check), base);
  const down = checks.filter(({ state }) => !state.up);
  const fatal = down.filter(({ spec }) => spec.weight === 0);
  return {
    health: fatal.length > 0 ? 'fault' : 'ok',
    ...(fatal.length > 0 ? { fault: describeFault(fatal) } : {}),
    priority: Math.min(PRIORITY_MAX, Math.max(PRIORITY_MIN, priority)),
    wavering: checks.some(({ state }) => state.up && state.against > 0),
    degradedBy: down.filter(({ spec }) => spec.weight !== 0).map(({ name }) => name),
    ...(down.length > 0 ? { down: down.map(({ name }) => name) } : {}),
  };
};
