/** Everything that a lab takes from the template: read, resolved and checked before anything starts. */
import type { GroupFile } from '../../core/wire/config.ts';
import type { AlarmDefinition } from '../ends/cloudwatch/alarms.ts';
import { MEMBER_ROLE } from '../ends/credentials.ts';
import type { BusRule } from '../ends/events/bus.ts';
import { alarmsOf, topicsOf } from './alarms.ts';
import { type DeploymentStep, deploymentOf } from './deployment.ts';
import { type CloudFunction, functionsOf } from './functions.ts';
import type { NameValues } from './names.ts';
import { permissionsOfRole } from './permissions.ts';
import { Resolver } from './resolve.ts';
import { type CloudRoute, routesOf } from './routes.ts';
import { rulesOf } from './rules.ts';
import { tableOf } from './tables.ts';
import { type Template, unfit } from './template.ts';

export interface CloudPlan {
  readonly table: string;
  readonly functions: readonly CloudFunction[];
  readonly routes: readonly CloudRoute[];
  readonly rules: readonly BusRule[];
  readonly alarms: readonly AlarmDefinition[];
  /** Functions that hear a topic, by ARN of the topic. */
  readonly topics: Readonly<Record<string, readonly string[]>>;
  readonly deployment: readonly DeploymentStep[];
  /** What the template allows the instances' role. */
  readonly memberPermissions: readonly string[];
  /** @throws LabError `template-unfit` for an ARN that is no function's */
  functionName(arn: string): string;
}

const FUNCTION = /^arn:aws:lambda:/;

/** What is delivered to, or acted on, must be something that the lab plays. */
const checkTargets = (plan: CloudPlan): void => {
  for (const { functionArn } of plan.routes) plan.functionName(functionArn);
  const named = [
    ...plan.rules.flatMap(({ name, targets }) => targets.map(({ arn }) => ({ name, arn }))),
    ...plan.alarms.flatMap(({ name, actions }) =>
      Object.values(actions).flatMap((arns) => arns.map((arn) => ({ name, arn }))),
    ),
    ...Object.entries(plan.topics).flatMap(([name, arns]) => arns.map((arn) => ({ name, arn }))),
  ];
  for (const { name, arn } of named) {
    if (FUNCTION.test(arn)) plan.functionName(arn);
    else if (!arn.startsWith('arn:aws:sns:'))
      throw unfit(`${name} names ${arn}`, 'the lab delivers to functions and topics');
  }
};

/** @throws LabError `template-unfit`, `bad-pattern`: the template needs what the lab does not play */
export const cloudOf = (
  template: Template,
  groups: Readonly<Record<string, GroupFile>>,
  values: NameValues,
): CloudPlan => {
  const resolver = new Resolver(template, values);
  const functions = functionsOf(template, resolver);
  const plan: CloudPlan = {
    table: tableOf(template, resolver),
    functions,
    routes: routesOf(template, resolver),
    rules: rulesOf(template, resolver),
    alarms: alarmsOf(template, resolver),
    topics: topicsOf(template, resolver),
    deployment: deploymentOf(template, resolver, groups),
    memberPermissions: permissionsOfRole(MEMBER_ROLE, template, resolver),
    functionName: (arn) => {
      const found = functions.find((one) => one.arn === arn);
      if (found === undefined) throw unfit(`${arn} is no function of the template`, 'look at the construct');
      return found.name;
    },
  };
  checkTargets(plan);
  return plan;
};
