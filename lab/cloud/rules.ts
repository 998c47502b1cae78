/** The rules and schedules of a template: which events, or how often, and to whom. */
import * as z from 'zod/mini';
import type { BusRule, Target } from '../ends/events/bus.ts';
import { compilePattern } from '../ends/events/pattern.ts';
import { checked, type Resolver } from './resolve.ts';
import { type Template, unfit } from './template.ts';

const MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/;

/** How often it is tried again does not matter to a lab that loses nothing; what else a target may say is refused. */
const targetSchema = z.strictObject({
  Arn: z.string(),
  Id: z.string(),
  Input: z.optional(z.string()),
  RetryPolicy: z.optional(z.unknown()),
  DeadLetterConfig: z.optional(z.unknown()),
});
const stateSchema = z._default(z.enum(['ENABLED', 'DISABLED']), 'ENABLED');
const ruleSchema = z.strictObject({
  Name: z.optional(z.string()),
  Description: z.optional(z.string()),
  EventBusName: z.optional(z.literal('default')),
  EventPattern: z.optional(z.unknown()),
  ScheduleExpression: z.optional(z.string()),
  State: stateSchema,
  Tags: z.optional(z.unknown()),
  Targets: z._default(z.array(targetSchema), []),
});
const scheduleSchema = z.strictObject({
  Name: z.optional(z.string()),
  GroupName: z.optional(z.string()),
  Description: z.optional(z.string()),
  ScheduleExpression: z.string(),
  FlexibleTimeWindow: z.object({ Mode: z.literal('OFF') }),
  State: stateSchema,
  Target: z.strictObject({
    Arn: z.string(),
    RoleArn: z.string(),
    Input: z.optional(z.string()),
    RetryPolicy: z.optional(z.unknown()),
    DeadLetterConfig: z.optional(z.unknown()),
  }),
});

const everyMsOf = (expression: string, where: string): number => {
  const [, count = '', unit = ''] = RATE.exec(expression) ?? [];
  const everyMs = Number(count) * (MS[unit] ?? 0);
  if (everyMs > 0) return everyMs;
  throw unfit(`${where}: ${expression} is not known`, 'the lab keeps time by rate(…) only');
};

/** A constant event in place of the real one. */
const inputOf = (input: string | undefined): Pick<Target, 'input'> =>
  input === undefined ? {} : { input: JSON.parse(input) as unknown };

const ruleOf = (id: string, properties: unknown, resolver: Resolver): BusRule => {
  const rule = checked(ruleSchema, resolver.resolve(properties, id), id);
  const { EventPattern, ScheduleExpression, State, Targets } = rule;
  if ((EventPattern === undefined) === (ScheduleExpression === undefined)) {
    throw unfit(`${id}: a pattern or a schedule`, 'make a second rule of it');
  }
  return {
    name: resolver.text({ Ref: id }, id),
    arn: resolver.attribute(id, 'Arn', id),
    isEnabled: State === 'ENABLED',
    source: 'aws.events',
    ...(EventPattern === undefined ? {} : { matches: compilePattern(EventPattern) }),
    ...(ScheduleExpression === undefined ? {} : { everyMs: everyMsOf(ScheduleExpression, id) }),
    targets: Targets.map(({ Arn, Id, Input }) => ({ id: Id, arn: Arn, ...inputOf(Input) })),
  };
};

const scheduleOf = (id: string, properties: unknown, resolver: Resolver): BusRule => {
  const { ScheduleExpression, State, Target } = checked(scheduleSchema, resolver.resolve(properties, id), id);
  return {
    name: resolver.text({ Ref: id }, id),
    arn: resolver.attribute(id, 'Arn', id),
    isEnabled: State === 'ENABLED',
    source: 'aws.scheduler',
    everyMs: everyMsOf(ScheduleExpression, id),
    targets: [{ id: 'target', arn: Target.Arn, ...inputOf(Target.Input) }],
  };
};

/** @throws LabError `template-unfit` for what the lab cannot play, `bad-pattern` */
export const rulesOf = (template: Template, resolver: Resolver): BusRule[] =>
  Object.entries(template.resources).flatMap(([id, { Type, Properties }]) => {
    if (Type === 'AWS::Events::Rule') return [ruleOf(id, Properties, resolver)];
    return Type === 'AWS::Scheduler::Schedule' ? [scheduleOf(id, Properties, resolver)] : [];
  });
