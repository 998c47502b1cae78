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
  /** What `weight` does to the priority is turned round, as keepalived's `reverse` does: added becomes taken away. */
  readonly reverse?: boolean | undefined;
  /**
   * It reads a number, as keepalived's track_file: the number times `weight` is added to the priority while it is up, and
   * down means FAULT whatever the weight.
   */
  readonly file?: string | undefined;
  /** Start as down until `rise` successes, rather than as up until `fall` failures. */
  readonly initFail: boolean;
}

/** What one run of a check found. `detail` is one line for people. */
export interface CheckResult {
  readonly passed: boolean;
  readonly detail: string;
  /** The number that it has read, if it reads one. */
  readonly value?: number;
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
  /** The latest number that meant no FAULT; absent before there was one. */
  readonly value?: number;
}

/** A check before its first result. */
export const initialCheck = (spec: CheckSpec): CheckState => ({
  up: !spec.initFail,
  against: 0,
  detail: '',
  changedAt: undefined,
  seen: false,
});

/** From here on keepalived's sum of number and weight is FAULT; above the other it is cut. */
const FILE_FAULT = -254;
const FILE_MOST = 253;

const signOf = ({ reverse }: CheckSpec): 1 | -1 => (reverse === true ? -1 : 1);

/** What a number that was read adds to the priority. */
const worthOf = (spec: CheckSpec, value: number): number =>
  Math.min(FILE_MOST, value * spec.weight * signOf(spec));

/** Without a weight any number but 0 is FAULT. */
const meansFault = (spec: CheckSpec, value: number | undefined): boolean =>
  value !== undefined && (spec.weight === 0 ? value !== 0 : worthOf(spec, value) <= FILE_FAULT);

/** Counts one result. A result that agrees with `up` starts the count against it anew. */
export const reduceCheck = (
  spec: CheckSpec,
  state: CheckState,
  result: CheckResult,
  now: BootMs,
): CheckState => {
  const passed = result.passed && !meansFault(spec, result.value);
  const against = passed === state.up ? 0 : state.against + 1;
  const turns = against >= (state.up ? spec.fall : spec.rise);
  // While it is not clear what a file says, what it said last goes on.
  const value = passed ? result.value : state.value;
  return {
    up: turns ? !state.up : state.up,
    against: turns ? 0 : against,
    detail: result.detail,
    changedAt: turns ? now : state.changedAt,
    seen: true,
    ...(value === undefined ? {} : { value }),
  };
};

/** What all checks of a group together say. */
export interface Assessment {
  readonly health: 'ok' | 'fault';
  /** Why, when `health` is `fault`; at most FAULT_CHARS_MAX characters. */
  readonly fault?: string;
  /** Base plus weights, kept within 1 to 254. */
  readonly priority: number;
  /** Some check that is still well has turned at least once in a row: it may fall with its next result. */
  readonly wavering: boolean;
  /** Names of checks that cost priority: a negative weight or number added, or a positive weight withheld. */
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

const weightNow = ({ spec, state }: CountedCheck): number => {
  if (spec.file !== undefined) return state.up ? worthOf(spec, state.value ?? 0) : 0;
  const counts = spec.weight > 0 ? state.up : !state.up;
  return counts ? spec.weight * signOf(spec) : 0;
};

/** Down, it is FAULT rather than a matter of priority. */
const isVital = ({ weight, file }: CheckSpec): boolean => weight === 0 || file !== undefined;

/** As good as it can be: up, or down where `reverse` makes that the better. */
const isWell = ({ spec, state }: CountedCheck): boolean => state.up !== (spec.reverse === true);

const costs = (check: CountedCheck): boolean =>
  check.spec.file === undefined ? !isVital(check.spec) && !isWell(check) : weightNow(check) < 0;

/** Whether its next result may be for the worse. */
const mayFall = (check: CountedCheck): boolean =>
  check.state.against > 0 && (isVital(check.spec) ? check.state.up : isWell(check));

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
  const fatal = down.filter(({ spec }) => isVital(spec));
  return {
    health: fatal.length > 0 ? 'fault' : 'ok',
    ...(fatal.length > 0 ? { fault: describeFault(fatal) } : {}),
    priority: Math.min(PRIORITY_MAX, Math.max(PRIORITY_MIN, priority)),
    wavering: checks.some(mayFall),
    degradedBy: checks.filter(costs).map(({ name }) => name),
    ...(down.length > 0 ? { down: down.map(({ name }) => name) } : {}),
  };
};
