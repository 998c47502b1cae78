/** What is compared: Keepaloft as shipped, and keepalived with two ways of moving the address, at three paces. */
import * as z from 'zod/mini';

export const SYSTEM_IDS = [
  'keepaloft',
  'cli-1000',
  'cli-100',
  'cli-30',
  'route-1000',
  'route-100',
  'route-30',
] as const;
export const systemIdSchema = z.enum(SYSTEM_IDS);
export type SystemId = z.infer<typeof systemIdSchema>;

/** Who moves the address: the arbiter, the AWS CLI started by keepalived, or a route command started by it. */
export type Mover = 'arbiter' | 'cli' | 'route';

export interface System {
  readonly id: SystemId;
  readonly mover: Mover;
  /** Between two adverts; null where there are none. */
  readonly advertMs: number | null;
  /** For the head of a table. */
  readonly label: string;
  /** For a line of a chart. */
  readonly short: string;
}

const pace = (advertMs: number): string => (advertMs >= 1000 ? `${advertMs / 1000} s` : `${advertMs} ms`);

const vrrp = (id: SystemId, mover: 'cli' | 'route', advertMs: number): System => {
  const what = mover === 'cli' ? 'AWS CLI' : 'route script';
  return {
    id,
    mover,
    advertMs,
    label: `keepalived ${pace(advertMs)}, ${what}`,
    short: `keepalived ${pace(advertMs)}, ${mover === 'cli' ? 'CLI' : 'route'}`,
  };
};

export const SYSTEMS: readonly System[] = [
  { id: 'keepaloft', mover: 'arbiter', advertMs: null, label: 'Keepaloft', short: 'Keepaloft' },
  vrrp('cli-1000', 'cli', 1000),
  vrrp('cli-100', 'cli', 100),
  vrrp('cli-30', 'cli', 30),
  vrrp('route-1000', 'route', 1000),
  vrrp('route-100', 'route', 100),
  vrrp('route-30', 'route', 30),
];

/** How slow EC2 is. */
export interface Api {
  readonly id: ApiId;
  readonly ackMs: number;
  readonly propagationMs: number;
  readonly what: string;
}
export const API_IDS = ['fast', 'slow'] as const;
export const apiIdSchema = z.enum(API_IDS);
export type ApiId = z.infer<typeof apiIdSchema>;

export const APIS: readonly Api[] = [
  { id: 'fast', ackMs: 0, propagationMs: 0, what: 'EC2 acknowledges and applies at once' },
  {
    id: 'slow',
    ackMs: 300,
    propagationMs: 700,
    what: 'EC2 acknowledges after 300 ms and applies 700 ms later',
  },
];

/** A route script knows no API, so its speed does not depend on one. */
export const appliesTo = (system: System, api: Api): boolean =>
  system.mover !== 'route' || api.ackMs + api.propagationMs === 0;
