/** Keeps an eye on a running probe: since when is the client being answered without a loss, and by whom. */

import type { LabInfo } from '../control/types.ts';
import { type ProbeEvent, type Probes, startProbes } from '../probe/probe.ts';
import type { Question } from '../probe/question.ts';

/** How often a real service is asked: each question is a connection, and work for both sides. */
export const questionIntervalMs = 20;
/** How often a VIP is probed: a host that answers for many would otherwise be busy with that. */
const probesPerSecondMax = 500;
const msPerSecond = 1000;
export const probeIntervalMs = (vips: number): number =>
  Math.max(1, Math.ceil((msPerSecond * vips) / probesPerSecondMax));

/** What is known of one address. */
export interface Sight {
  vip: string;
  /** Host that answers now; null while nobody does. */
  owner: string | null;
  /** Since when answers come without a loss (wall clock); null while they do not. */
  steadySinceMs: number | null;
  answered: number;
  lost: number;
}

export interface WatchedProbe {
  probes: Probes;
  sights(): Sight[];
  /** Every address has been answered for this long without a loss. */
  isSteady(forMs: number, nowMs?: number): boolean;
}

const take = (sight: Sight, event: ProbeEvent): void => {
  if (event.kind === 'owner') {
    sight.owner = event.host;
    sight.steadySinceMs ??= event.epochMs;
  } else if (event.kind === 'silent') {
    sight.owner = null;
    sight.steadySinceMs = null;
  } else if (event.kind === 'recovered') {
    sight.owner = event.host;
    sight.steadySinceMs = event.epochMs;
  } else {
    sight.answered = event.answered;
    sight.lost = event.lost;
  }
};

export interface WatchOptions {
  seconds?: number;
  intervalMs?: number;
  /** Real services to ask besides, each behind a VIP that is not probed. */
  questions?: readonly Question[];
  onEvent?: (event: ProbeEvent) => void;
}

/**
 * Starts the lab's client: a probe to each VIP every 2 ms, or as often as `intervalMs` says.
 *
 * @example const watched = watchProbes(info, info.vips); await watched.probes.ready;
 */
export const watchProbes = (
  info: LabInfo,
  vips: readonly string[],
  options: WatchOptions = {},
): WatchedProbe => {
  const { questions = [] } = options;
  const sights = new Map<string, Sight>(
    [...vips, ...questions.map(({ vip }) => vip)].map((vip) => [
      vip,
      { vip, owner: null, steadySinceMs: null, answered: 0, lost: 0 },
    ]),
  );
  const probes = startProbes({
    enter: info.enter[info.client.netns] ?? [],
    labId: info.lab,
    vips,
    questions,
    port: info.servicePort,
    ...(options.seconds === undefined ? {} : { seconds: options.seconds }),
    ...(options.intervalMs === undefined ? {} : { intervalMs: options.intervalMs }),
    onEvent: (event) => {
      const sight = sights.get(event.vip);
      if (sight !== undefined) {
        take(sight, event);
      }
      options.onEvent?.(event);
    },
  });
  return {
    probes,
    sights: () => [...sights.values()].map((sight) => ({ ...sight })),
    isSteady: (forMs, nowMs = Date.now()) =>
      [...sights.values()].every(
        (sight) => sight.steadySinceMs !== null && nowMs - sight.steadySinceMs >= forMs,
      ),
  };
};
