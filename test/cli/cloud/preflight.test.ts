// Proves, with the real command against the lab's EC2 end, that each of preflight's findings can be produced, and its exit codes.
import { EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { exitCodeOf } from '../../../agent/doctor/finding.ts';
import { explainCloud, openCloud } from '../../../cli/cloud/client.ts';
import { lookAtCloud } from '../../../cli/cloud/look.ts';
import { preflightFindings } from '../../../cli/cloud/preflight.ts';
import { readConfigFile } from '../../../cli/validate.ts';
import { type Ended, keepaloft } from '../arbiter/world.ts';
import {
  type CloudWorld,
  eni,
  node,
  OTHER_SUBNET,
  openCloudWorld,
  STRANGE_SUBNET,
  SUBNET,
  writeConfig,
} from './world.ts';

let world: CloudWorld;
beforeEach(async () => {
  world = await openCloudWorld();
});
afterEach(() => world.close());

const preflight = (path: string, ...args: string[]): Promise<Ended> =>
  keepaloft(['preflight', path, ...args], world.env.operator);

/** The findings that are not well, as `verdict code about`, and the exit code. In this process: the SDK and EC2 are real. */
const troubles = async (path: string): Promise<[number, string[]]> => {
  const { groups } = await readConfigFile(path);
  const findings = preflightFindings(groups, await lookAtCloud(world.client, groups));
  for (const { fix, verdict } of findings) expect(fix === undefined).toBe(verdict === 'ok');
  const told = findings.filter(({ verdict }) => verdict !== 'ok');
  return [exitCodeOf(findings), told.map(({ verdict, code, about }) => `${verdict} ${code} ${about ?? ''}`)];
};

/** Two good members and a reserved VIP. */
const good = (): void => {
  world.add(1);
  world.add(2);
  world.cloud.reserve(SUBNET, '172.31.0.201/32');
};

describe('preflight', () => {
  it('of what can be deployed says so, and ends with 0', async () => {
    good();
    const path = writeConfig({ mysql: {} });
    const { code, stdout, stderr } = await preflight(path);
    expect([code, stderr, stdout.split('\n')]).toEqual([
      0,
      '',
      [
        `${path} in AWS us-east-1`,
        `✓ ${node(1)}: t4g.small, running`,
        `✓ ${node(2)}: t4g.small, running`,
        `✓ mysql: all members are in ${SUBNET} of vpc-0a000000000000001`,
        '✓ mysql: all members have sg-0a000000000000001',
        '✓ 172.31.0.201: nobody has it',
        `✓ 172.31.0.201: reserved in ${SUBNET}`,
        `✓ ${node(1)}: 2 of 4 addresses when it holds everything`,
        `✓ ${node(2)}: 2 of 4 addresses when it holds everything`,
        '0 problems, 0 warnings, 8 ok',
        '',
      ],
    ]);
  });

  it('does not call a member alone where a selector lets others in', async () => {
    good();
    expect(await troubles(writeConfig({ mysql: { members: [node(1)], role: 'db' } }))).toEqual([0, []]);
  });

  it('tells who has the VIPs now, when that is a member', async () => {
    good();
    world.cloud.assign(eni(2), ['172.31.0.201'], false);
    const { groups } = await readConfigFile(writeConfig({ mysql: {} }));
    const findings = preflightFindings(groups, await lookAtCloud(world.client, groups));
    expect(exitCodeOf(findings)).toBe(0);
    expect(findings.map(({ about, message }) => `${about}: ${message}`)).toEqual(
      expect.arrayContaining([
        `172.31.0.201: ${node(2)} (${eni(2)}) has it now: a member`,
        `mysql: ${node(2)} has its VIPs now, and would be the first holder: nothing moves`,
      ]),
    );
  });

  it('as a document has its version, each finding its code, and nothing is written', async () => {
    good();
    const { code, stdout } = await preflight(writeConfig({ mysql: { vips: ['172.31.0.3'] } }), '--json');
    const schema = z.strictObject({
      v: z.literal(1),
      cloud: z.literal('AWS us-east-1'),
      file: z.string(),
      verdict: z.literal('bad'),
      findings: z.array(
        z.strictObject({
          verdict: z.enum(['ok', 'warn', 'bad', 'unknown']),
          code: z.string().check(z.regex(/^[a-z-]+$/u)),
          about: z.optional(z.string()),
          message: z.string(),
          fix: z.optional(z.string()),
        }),
      ),
    });
    const { findings } = schema.parse(JSON.parse(stdout));
    expect([code, findings.filter(({ verdict }) => verdict === 'bad')]).toMatchObject([
      2,
      [{ code: 'vip-kept-by-aws', about: '172.31.0.3' }],
    ]);
    const actions = Object.keys(world.end.counts());
    expect(actions.length).toBeGreaterThan(3);
    expect(actions.filter((action) => !/^(?:Describe|Get)/u.test(action))).toEqual([]);
  });

  const cases: readonly (readonly [
    what: string,
    setUp: () => void,
    groups: Parameters<typeof writeConfig>[0],
    told: readonly string[],
  ])[] = [
    [
      'an instance that there is not',
      () => world.add(1),
      { mysql: {} },
      [`bad instance-missing ${node(2)}`, 'warn vip-not-reserved 172.31.0.201'],
    ],
    [
      'one that is on its way out',
      () => {
        good();
        world.cloud.setInstanceState(node(2), 'shutting-down');
      },
      { mysql: {} },
      [`bad instance-gone ${node(2)}`],
    ],
    [
      'one that has lost its interface',
      () => {
        good();
        world.cloud.setInstanceState(node(2), 'terminated');
        world.cloud.setInstanceState(node(2), 'running');
      },
      { mysql: {} },
      [`bad no-first-interface ${node(2)}`],
    ],
    [
      'one that is stopped',
      () => {
        good();
        world.cloud.setInstanceState(node(2), 'stopped');
      },
      { mysql: {} },
      [`warn instance-not-running ${node(2)}`],
    ],
    ['a group of one', good, { mysql: { members: [node(1)] } }, ['warn single-member mysql']],
    [
      'members in two subnets',
      () => {
        good();
        world.add(3, { subnetId: OTHER_SUBNET, privateIpAddress: '172.31.1.13' });
      },
      { mysql: { members: [node(1), node(3)] } },
      ['bad several-subnets mysql', 'bad vip-outside-subnet 172.31.0.201'],
    ],
    [
      'members in two VPCs',
      () => {
        good();
        world.add(3, { subnetId: STRANGE_SUBNET });
      },
      { mysql: { members: [node(1), node(3)] } },
      ['bad several-vpcs mysql', 'warn vip-not-reserved 172.31.0.201'],
    ],
    [
      'members with different security groups',
      () => {
        good();
        world.add(3, { securityGroups: ['sg-0a000000000000001', 'sg-0a000000000000002'] });
      },
      { mysql: { members: [node(1), node(3)] } },
      ['warn security-groups-differ mysql'],
    ],
    ['a VIP elsewhere', good, { mysql: { vips: ['10.1.2.3'] } }, ['bad vip-outside-subnet 10.1.2.3']],
    [
      'one that EC2 keeps for itself',
      good,
      { mysql: { vips: ['172.31.0.3', '172.31.0.255'] } },
      ['bad vip-kept-by-aws 172.31.0.3', 'bad vip-kept-by-aws 172.31.0.255'],
    ],
    [
      'one that is a primary address',
      () => {
        good();
        world.add(3, { privateIpAddress: '172.31.0.202' });
      },
      { mysql: { vips: ['172.31.0.202'] } },
      ['bad vip-is-primary 172.31.0.202', 'warn vip-not-reserved 172.31.0.202'],
    ],
    [
      'one that another instance has',
      () => {
        good();
        world.add(3);
        world.cloud.assign(eni(3), ['172.31.0.201'], false);
      },
      { mysql: {} },
      ['bad vip-held-by-stranger 172.31.0.201'],
    ],
    [
      'one that is not reserved',
      good,
      { mysql: { vips: ['172.31.0.205'] } },
      ['warn vip-not-reserved 172.31.0.205'],
    ],
    [
      'more addresses than an interface may have, over all groups',
      () => {
        good();
        world.cloud.reserve(SUBNET, '172.31.0.200/29');
      },
      {
        mysql: { vips: ['172.31.0.201', '172.31.0.202'] },
        redis: { vips: ['172.31.0.203', '172.31.0.204'] },
      },
      [`bad address-limit ${node(1)}`, `bad address-limit ${node(2)}`],
    ],
  ];

  it.each(cases)('finds %s', async (_what, setUp, groups, told) => {
    setUp();
    const worst = told.some((one) => one.startsWith('bad')) ? 2 : 1;
    expect(await troubles(writeConfig(groups))).toEqual([worst, told]);
  });

  it('says what it could not look at, and does not count it as trouble', async () => {
    good();
    for (const action of ['DescribeInstanceTypes', 'GetSubnetCidrReservations'])
      world.end.fault({ kind: 'error', action, code: 'UnauthorizedOperation' });
    expect(await troubles(writeConfig({ mysql: {} }))).toEqual([
      0,
      [
        'unknown vip-not-reserved 172.31.0.201',
        `unknown address-limit ${node(1)}`,
        `unknown address-limit ${node(2)}`,
      ],
    ]);
  });
});

describe('what goes wrong', () => {
  const asked = async (env: NodeJS.ProcessEnv): Promise<Error> => {
    const client = new EC2Client({
      endpoint: env['AWS_ENDPOINT_URL_EC2'] ?? '',
      region: 'us-east-1',
      credentials: {
        accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
        ...(env['AWS_SESSION_TOKEN'] === undefined ? {} : { sessionToken: env['AWS_SESSION_TOKEN'] }),
      },
      maxAttempts: 1,
    });
    const { groups } = await readConfigFile(writeConfig({ mysql: {} }));
    const refusal = lookAtCloud(client, groups).then(
      () => new Error('it was answered'),
      (cause: unknown) => explainCloud(cause, { name: 'AWS us-east-1' }),
    );
    return refusal.finally(() => client.destroy());
  };

  it('credentials that nobody knows, or that may not look: 5', async () => {
    for (const env of [world.env.stranger, world.env.member])
      expect(await asked(env)).toMatchObject({ code: 'denied', exitCode: 5 });
  });

  it('an EC2 that does not answer: 4', async () => {
    const nowhere = { ...world.env.operator, AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:2' };
    expect(await asked(nowhere)).toMatchObject({ code: 'ec2-unreachable', exitCode: 4 });
  });

  it('is told with cause and remedy', async () => {
    const { code, stderr } = await keepaloft(['preflight', writeConfig({ mysql: {} })], world.env.stranger);
    expect(code).toBe(5);
    expect(stderr).toMatch(/EC2 of AWS us-east-1 refuses.*\n {2}use others .*ec2:DescribeInstances/u);
  });

  it('no credentials at all: 5', async () => {
    const { code, stderr } = await keepaloft(['preflight', writeConfig({ mysql: {} })], world.env.nobody);
    expect([code, stderr.includes('--profile NAME')]).toEqual([5, true]);
  });

  it('no region: 64', async () => {
    const { AWS_REGION: _, ...nowhere } = world.env.nobody;
    const { code, stderr } = await keepaloft(['preflight', writeConfig({ mysql: {} })], nowhere);
    expect([code, stderr.includes('say it with --region')]).toEqual([64, true]);
  });

  it('a wrong file: 78', async () => {
    const { code, stderr } = await preflight(writeConfig({ MYSQL: {} }));
    expect(code).toBe(78);
    expect(stderr).toMatch(/keepaloft\.yaml:1:\d+: groups/u);
  });

  it('a lab and a profile: 64', async () => {
    await expect(openCloud({ lab: true, profile: 'x' })).rejects.toMatchObject({
      code: 'two-clouds',
      exitCode: 64,
    });
  });

  it('leaves what a lab says of itself as it is', () => {
    const error = Object.assign(new Error('no such lab'), { name: 'LabError' });
    expect(explainCloud(error, { name: 'lab 12ab' })).toBe(error);
  });
});
