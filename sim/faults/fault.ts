/** What a kind of fault is: a name, a line about it, and what begins and ends it. */

import type { Host } from '../model/host.ts';
import type { WeatherField } from '../model/weather.ts';
import type { Fault, Settings } from '../plan/settings.ts';
import type { World } from '../world.ts';

/** What one such fault alone may cost; what is absent is not promised. */
export interface Promise {
  /** Changes of holder, the first one apart; without `preempt`. */
  readonly moves?: number;
  /** Time without service, milliseconds. */
  readonly darkMs?: (settings: Settings) => number;
}

export interface FaultKind {
  readonly name: string;
  readonly what: string;
  /** How long it lasts, in heartbeats; zeros: a moment. */
  readonly lasts: readonly [least: number, most: number];
  /** It happens to one host. */
  readonly onHost: boolean;
  /** And to this one, not to any. */
  readonly victim?: 'holder' | 'standby';
  readonly fencedOnly?: boolean;
  /** Happens to sessions between hosts: only where there are any. */
  readonly ofPeers?: boolean;
  /** Drawn less often than others because it is so crude. */
  readonly rare?: boolean;
  readonly alone?: { readonly fenced?: Promise; readonly exclusive?: Promise };
  readonly begin: (world: World, host: Host, fault: Fault) => void;
  readonly end?: (world: World, host: Host, fault: Fault) => void;
}

export const MOMENT: readonly [number, number] = [0, 0];

/** A kind that is nothing but bad weather: the worst of those that are on counts. */
export const badWeather = (
  name: string,
  field: WeatherField,
  amount: (fault: Fault, settings: Settings) => number,
  what: string,
  rest: Partial<Pick<FaultKind, 'lasts' | 'alone' | 'rare' | 'ofPeers'>> = {},
): FaultKind => ({
  name,
  what,
  lasts: [1, 15],
  onHost: false,
  ...rest,
  begin: (world, _host, fault) => {
    world.weather[field] = Math.max(world.weather[field], amount(fault, world.settings));
  },
  end: (world, _host, fault) => {
    const others = world.plan.faults.filter(
      (other) =>
        other !== fault &&
        other.kind === name &&
        other.at <= world.queue.now &&
        other.until > world.queue.now,
    );
    world.weather[field] = Math.max(0, ...others.map((other) => amount(other, world.settings)));
  },
});

const NETWORK_SLACK_MS = 1500;
const SLOWEST_RATE = 0.95;
const RHO = 0.05;

const slackMs = ({ latencyMs, jitterMs, fabricMs, imdsMs }: Settings): number =>
  NETWORK_SLACK_MS + 8 * (latencyMs + jitterMs) + fabricMs + imdsMs;

/** Until a silent holder has been replaced and its successor is reached. */
export const silenceMs = (settings: Settings): number => {
  const { leaseMs, heartbeatMs, exclusive } = settings;
  const waitMs = exclusive
    ? (leaseMs * (1 + RHO)) / SLOWEST_RATE + 1.25 * heartbeatMs
    : leaseMs / SLOWEST_RATE;
  return waitMs + slackMs(settings);
};
/** A planned move between two living hosts: until the successor's next heartbeat. */
export const handoverMs = (settings: Settings): number => 1.5 * settings.heartbeatMs + slackMs(settings);
