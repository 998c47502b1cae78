// Proves that a lab finds in the template of the project's own constructs all that is deployed: every built function, its routes, its rights.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cloudOf } from '../../../lab/cloud/cloud.ts';
import { readTemplate } from '../../../lab/cloud/template.ts';
import { planOf } from '../../../lab/supervisor/plan.ts';
import { parseEvent } from '../../../lambdas/configure/event.ts';

const LAMBDAS = fileURLToPath(new URL('../../../lambdas', import.meta.url));

const { groups } = planOf({ ackMs: 0, propagationMs: 0 }).file;
const cloud = cloudOf(readTemplate(Object.keys(groups)), groups, { apiEndpoint: 'https://172.31.255.1' });
const named = (name: string) => {
  const found = cloud.functions.find((one) => one.artefact === name);
  if (found === undefined) throw new Error(`no function ${name}`);
  return found;
};

describe('the lab’s template', () => {
  it('has a function for every handler there is, from its built artefact', () => {
    const handlers = readdirSync(LAMBDAS).filter((name) => existsSync(join(LAMBDAS, name, 'handler.ts')));
    expect(cloud.functions.map(({ artefact }) => artefact).toSorted()).toEqual(handlers.toSorted());
    for (const { name, artefact, module } of cloud.functions) {
      expect(name).toBe(`keepaloft-${artefact}`);
      expect(module).toMatch(new RegExp(`/dist/lambdas/${artefact}/index\\.mjs$`));
    }
  });

  it('gives them their environment, time and memory', () => {
    expect(named('heartbeat')).toMatchObject({
      handler: 'handler',
      timeoutMs: 10_000,
      memoryMb: 256,
      env: { TABLE_NAME: 'keepaloft', MEMBER_ROLES: 'KeepaloftMember' },
    });
    expect(named('configure')).toMatchObject({ timeoutMs: 60_000, env: { TABLE_NAME: 'keepaloft' } });
    expect(cloud.table).toBe('keepaloft');
  });

  it('routes requests to them, each route with its own throttle', () => {
    expect(cloud.routes).toEqual(
      expect.arrayContaining([
        {
          key: 'POST /v1/heartbeat',
          functionArn: named('heartbeat').arn,
          throttle: { ratePerSecond: 200, burst: 400 },
        },
        {
          key: 'POST /v1/admin',
          functionArn: named('admin').arn,
          throttle: { ratePerSecond: 5, burst: 20 },
        },
      ]),
    );
  });

  it('lets each function do what its role may, and hosts send heartbeats', () => {
    expect(named('heartbeat').permissions).toContain('ec2:AssignPrivateIpAddresses');
    expect(named('configure').permissions).not.toContain('ec2:AssignPrivateIpAddresses');
    expect(named('configure').permissions).toContain('ec2:DescribeInstances');
    expect(cloud.memberPermissions).toContain('execute-api:Invoke/POST/v1/heartbeat');
    expect(cloud.memberPermissions).not.toContain('execute-api:Invoke/POST/v1/admin');
  });

  it('deploys each group by the events that CloudFormation would send: enrolment first', () => {
    const [group = ''] = Object.keys(groups);
    expect(cloud.deployment.map(({ event }) => event['ResourceType'])).toEqual([
      'Custom::KeepaloftEnrolment',
      'Custom::KeepaloftGroup',
    ]);
    for (const step of cloud.deployment) {
      expect(cloud.functionName(step.functionArn)).toBe('keepaloft-configure');
      expect(parseEvent(step.event)).toMatchObject({ name: group, group: groups[group] });
    }
  });
});
