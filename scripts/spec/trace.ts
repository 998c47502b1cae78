// A trace: what was done in the model, action by action, and what could be seen after each. test/spec/ replays them.

import * as z from 'zod/mini';

export const PHASES = ['vacant', 'held', 'releasing', 'moving'] as const;
export const ROLES = ['INIT', 'BACKUP', 'MASTER'] as const;

const stepPattern =
  /^[a-z-]+ \d+ \d+ (?:vacant|held|releasing|moving) \d+ \d+(?: [01] (?:INIT|BACKUP|MASTER) \d+ [01] [01])+$/;

/** `spec/traces/lease/*.json`. A step is a line as the model prints it, see {@link parseStep}. */
export const traceSchema = z.strictObject({
  name: z.string(),
  /** `goal`: the way to something the model must be able to do. `walk`: at random. `broken`: to what happens without a rule. */
  kind: z.enum(['goal', 'walk', 'broken']),
  says: z.string(),
  /** By how many twentieths of a tick each host's clock advances in a tick. */
  rates: z.array(z.int()),
  /** How many heartbeats may be on their way: of the first host, of each other. */
  mail: z.tuple([z.int(), z.int()]),
  /** Ticks: at the beginning, after a deployment, and in the agents' own configuration. */
  lease: z.int(),
  leaseDeployed: z.int(),
  profile: z.int(),
  listed: z.boolean(),
  steps: z.array(z.string().check(z.regex(stepPattern))).check(z.minLength(2)),
});
export type Trace = z.infer<typeof traceSchema>;

export interface HostView {
  readonly up: boolean;
  readonly role: (typeof ROLES)[number];
  /** Of the newest answer that the host has applied. */
  readonly epoch: number;
  /** Nothing will be bound again at that epoch. */
  readonly gaveUp: boolean;
  readonly bound: boolean;
}

/** What the model and the shipped reducers can be compared by. */
export interface View {
  readonly phase: (typeof PHASES)[number];
  readonly epoch: number;
  /** Undefined: nobody. */
  readonly holder: number | undefined;
  readonly hosts: readonly HostView[];
}

export interface Step {
  readonly action: string;
  /** The host, or the number of ticks of `pass`. */
  readonly a: number;
  /** Which of the mail, counted over all hosts. */
  readonly b: number;
  readonly view: View;
}

const HOST_FIELDS = 5;

/** Reads `action a b phase epoch holder` and, for each host, `up role epoch gave-up bound`. */
export function parseStep(line: string): Step {
  const [action = '', a, b, phase, epoch, holder, ...rest] = line.split(' ');
  const hosts = Array.from({ length: rest.length / HOST_FIELDS }, (_, index): HostView => {
    const [up, role, seen, gaveUp, bound] = rest.slice(index * HOST_FIELDS, (index + 1) * HOST_FIELDS);
    return {
      up: up === '1',
      role: ROLES.find((name) => name === role) ?? 'INIT',
      epoch: Number(seen),
      gaveUp: gaveUp === '1',
      bound: bound === '1',
    };
  });
  const whom = Number(holder);
  const view: View = {
    phase: PHASES.find((name) => name === phase) ?? 'vacant',
    epoch: Number(epoch),
    holder: whom < hosts.length ? whom : undefined,
    hosts,
  };
  return { action, a: Number(a), b: Number(b), view };
}

const CLOCKS = 'clocks ';

/** The clock rates and the steps in what Spin printed. */
export const stepsIn = (printed: string): Pick<Trace, 'rates' | 'steps'> => {
  const lines = printed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('@'))
    .map((line) => line.slice(1));
  const clocks = lines.find((line) => line.startsWith(CLOCKS)) ?? CLOCKS;
  return {
    rates: clocks.slice(CLOCKS.length).split(' ').map(Number),
    steps: lines.filter((line) => !line.startsWith(CLOCKS)),
  };
};

const fabricPattern = /^[a-z-]+ \d+ \d+ (?:held|moving) \d+ \d+ \d+ [01]$/;

/** `spec/traces/fabric/*.json`. A step is a line as the model prints it, see {@link parseFabricStep}. */
export const fabricTraceSchema = z.strictObject({
  name: z.string(),
  /** As in {@link traceSchema}. */
  kind: z.enum(['goal', 'walk', 'broken']),
  says: z.string(),
  steps: z.array(z.string().check(z.regex(fabricPattern))).check(z.minLength(2)),
});
export type FabricTrace = z.infer<typeof fabricTraceSchema>;

export interface FabricView {
  readonly phase: View['phase'];
  readonly epoch: number;
  readonly holder: number;
  /** Whose the address is. */
  readonly fabric: number;
  /** The fabric is to be looked at, now or later. */
  readonly marked: boolean;
}

/** Reads `action a b phase epoch holder fabric marked`. */
export function parseFabricStep(line: string): { action: string; a: number; view: FabricView } {
  const [action = '', a, , phase, epoch, holder, fabric, marked] = line.split(' ');
  const view: FabricView = {
    phase: PHASES.find((name) => name === phase) ?? 'vacant',
    epoch: Number(epoch),
    holder: Number(holder),
    fabric: Number(fabric),
    marked: marked === '1',
  };
  return { action, a: Number(a), view };
}
