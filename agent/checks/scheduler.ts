/** Runs all checks of one group, counts their results and reports what they mean together. */
import {
  type Assessment,
  assess,
  type CheckResult,
  type CheckState,
  initialCheck,
  reduceCheck,
} from '../../core/checks.ts';
import type { BootMs } from '../../core/time.ts';
import type { HostCheck } from '../../core/wire/config.ts';
import { createProbe } from './kinds.ts';
import type { Probe } from './probe.ts';
import { repeat } from './repeat.ts';

/** One counted result. */
export interface CheckReport {
  readonly name: string;
  readonly result: CheckResult;
  readonly state: CheckState;
  /** The check went up or down with this result. */
  readonly changed: boolean;
  readonly assessment: Assessment;
}

export interface CheckOptions {
  readonly checks: Readonly<Record<string, HostCheck>>;
  /** The configured priority of this host. */
  readonly base: number;
  readonly scriptUser: string;
  readonly now: () => BootMs;
  /** After every counted result, synchronously. */
  readonly onReport: (report: CheckReport) => void;
  /** States from before a reload, by name: a check keeps its count, so that reloading moves nothing. */
  readonly previous?: ReadonlyMap<string, CheckState>;
  /** How to run a check; replaced in tests. */
  readonly probeOf?: (config: HostCheck, scriptUser: string) => Probe;
}

/** The running checks of a group. */
export interface GroupChecks {
  readonly assessment: () => Assessment;
  /** Every check has had a result: before that, "ok" only means that nothing is known. True without checks. */
  readonly ready: () => boolean;
  readonly states: () => ReadonlyMap<string, CheckState>;
  /** Stops all checks and kills what they run. Nothing is reported afterwards. */
  readonly stop: () => void;
}

/**
 * Starts all checks of a group, each at once and then at its own interval.
 * @example const checks = startChecks({ checks: group.checks, base: group.priority, scriptUser, now: bootNow, onReport });
 */
export const startChecks = (options: CheckOptions): GroupChecks => {
  const { checks, base, scriptUser, now, onReport, previous, probeOf = createProbe } = options;
  const entries = Object.entries(checks);
  const states = new Map(
    entries.map(([name, config]) => [name, previous?.get(name) ?? initialCheck(config)] as const),
  );
  let stopped = false;
  const assessment = (): Assessment =>
    assess(
      base,
      entries.map(([name, spec]) => ({ name, spec, state: states.get(name) ?? initialCheck(spec) })),
    );
  const tickers = entries.map(([name, config]) => {
    const count = (result: CheckResult): void => {
      if (stopped) return;
      const before = states.get(name) ?? initialCheck(config);
      const state = reduceCheck(config, before, result, now());
      states.set(name, state);
      onReport({ name, result, state, changed: state.up !== before.up, assessment: assessment() });
    };
    return repeat(config, probeOf(config, scriptUser), count);
  });
  return {
    assessment,
    ready: () => [...states.values()].every(({ seen }) => seen),
    states: () => new Map(states),
    stop: () => {
      stopped = true;
      for (const ticker of tickers) ticker.stop();
    },
  };
};
