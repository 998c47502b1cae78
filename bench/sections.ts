/** All sections by name, and the document that holds what each measured last. */
import * as z from 'zod/mini';
import { agent } from './agent/agent.ts';
import { bundle } from './bundle/bundle.ts';
import { failover } from './failover/failover.ts';
import { handler } from './handler/handler.ts';
import { machineSchema, noiseSchema } from './machine.ts';
import { peers } from './peers/peers.ts';
import { scale } from './scale/scale.ts';
import type { Account } from './section.ts';
import { stability } from './stability/stability.ts';
import { versus } from './versus/versus.ts';

export const SECTIONS = { bundle, handler, agent, failover, stability, peers, versus, scale } as const;
export type SectionName = keyof typeof SECTIONS;
export const SECTION_NAMES: readonly SectionName[] = [
  'bundle',
  'handler',
  'agent',
  'failover',
  'stability',
  'peers',
  'versus',
  'scale',
];

const stored = <T extends z.ZodMiniType>(data: T) =>
  z.optional(
    z.object({
      measuredAt: z.iso.datetime(),
      command: z.string(),
      machine: machineSchema,
      noise: noiseSchema,
      data,
    }),
  );

export const resultsSchema = z.object({
  version: z.literal(1),
  sections: z.object({
    bundle: stored(bundle.schema),
    handler: stored(handler.schema),
    agent: stored(agent.schema),
    failover: stored(failover.schema),
    stability: stored(stability.schema),
    peers: stored(peers.schema),
    versus: stored(versus.schema),
    scale: stored(scale.schema),
  }),
});
export type Results = z.infer<typeof resultsSchema>;

/** When, where and how a section was measured. */
export type Circumstances = Omit<NonNullable<Results['sections'][SectionName]>, 'data'>;

export interface Told extends Account {
  readonly name: SectionName;
  readonly title: string;
  readonly circumstances: Circumstances;
}

/** One section's results in words; undefined when it has never been measured. */
export const tellSection = (results: Results, name: SectionName): Told | undefined => {
  const { sections } = results;
  const told = <T>(
    one: (Circumstances & { data: T }) | undefined,
    tell: (data: T) => Account,
  ): Told | undefined => {
    if (one === undefined) return undefined;
    const { data, ...circumstances } = one;
    return { name, title: SECTIONS[name].title, circumstances, ...tell(data) };
  };
  switch (name) {
    case 'bundle':
      return told(sections.bundle, bundle.tell);
    case 'handler':
      return told(sections.handler, handler.tell);
    case 'agent':
      return told(sections.agent, agent.tell);
    case 'failover':
      return told(sections.failover, failover.tell);
    case 'stability':
      return told(sections.stability, stability.tell);
    case 'peers':
      return told(sections.peers, peers.tell);
    case 'versus':
      return told(sections.versus, versus.tell);
    case 'scale':
      return told(sections.scale, scale.tell);
  }
};

/** Every section that has results, in a fixed order. */
export const tellAll = (results: Results): Told[] =>
  SECTION_NAMES.map((name) => tellSection(results, name)).filter((told) => told !== undefined);
