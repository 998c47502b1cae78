// Proves, with the real command against the real handler behind a signature check, what operators are told and each exit code.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { groupStatusSchema, orderResponseSchema } from '../../../core/wire/admin.ts';
import { listLabDirectories } from '../../../lab/state.ts';
import { scratchDirectory } from '../../agent/scratch.ts';
import { nodeA, nodeB, nodeC } from '../../lambdas/fixtures.ts';
import { type Ended, keepaloft, type OperatedWorld, openWorld } from './world.ts';

let world: OperatedWorld;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const run = (...args: string[]): Promise<Ended> => keepaloft(args, world.env.operator);
const order = (...args: string[]): Promise<Ended> => run(...args, '--yes');
const stateOf = (group: string) => world.deps.store.load(group);

describe('status', () => {
  it('of a group at rest is its screen, and 0', async () => {
    await world.held('mysql');
    const { code, stdout, stderr } = await run('status', 'mysql');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      `arbiter us-east-1 ${world.endpoint.slice('http://'.length)}  Ha  ENFORCE  ⚠ no sweep yet`,
      'mysql  172.31.0.201  epoch 1  held 0.0s (first)  fabric ✓',
      '  NODE                 STATE     PRIO  BEAT  LEASE LEFT       CHECKS  VIP bound/fabric',
      `  ${nodeA}  ● MASTER  200   0.0s  3.0s (min 3.0s)  none    yes/yes`,
      `  ${nodeB}  ○ BACKUP  150   0.0s  -                none    no/no`,
      `  ${nodeC}  ○ BACKUP  100   0.0s  -                none    no/no`,
      `next if ${nodeA} dies: mysql → ${nodeB} in ≤3.2s + fabric`,
      '',
    ]);
  });

  it('as a document has its version, the arbiter and all groups, and the exit code is the worst one’s', async () => {
    // While it is elected time passes, and the first group's members fall silent.
    await world.held('redis');
    const { code, stdout } = await run('status', '--json');
    const schema = z.object({
      v: z.literal(1),
      arbiter: z.object({ name: z.string(), endpoint: z.string(), region: z.string() }),
      at: z.int(),
      groups: z.array(groupStatusSchema),
      brake: z.object({ engaged: z.boolean(), leftMs: z.int() }),
    });
    const { arbiter, groups } = schema.parse(JSON.parse(stdout));
    expect([code, groups.map(({ name }) => name)]).toEqual([2, ['mysql', 'redis']]);
    expect(groups.map(({ health }) => health)).toEqual(['down', 'ok']);
    expect(arbiter).toMatchObject({ endpoint: world.endpoint, region: 'us-east-1' });
  });

  it('ends with 1 without a standby and with 2 when it is not served', async () => {
    await world.held('alone');
    for (const node of [nodeB, nodeC]) await world.beat('alone', node, { health: 'fault' });
    const degraded = await run('status', 'alone');
    expect(degraded.code).toBe(1);
    expect(degraded.stdout).toContain('⚠ NO STANDBY');
    expect(degraded.stdout).toContain(`next if ${nodeA} dies: alone → nobody\n`);
    await world.beat('alone', nodeA, { health: 'fault' });
    const down = await run('status', 'alone');
    expect(down.code).toBe(2);
    expect(down.stdout).toContain('⚠ NOT SERVED');
  });
});

describe('an order', () => {
  it('is taken, told and noted with who gave it and why', async () => {
    await world.held('orders');
    const { code, stdout } = await order('failover', 'orders', '--to', nodeC, '--reason', 'kernel update');
    expect([code, stdout.split('\n').slice(0, 2)]).toEqual([
      0,
      [
        `orders: failover taken at epoch 1, held by ${nodeA}`,
        `  it moves to ${nodeC} with that member's next heartbeat; dropped if that takes more than 10 s`,
      ],
    ]);
    await world.beat('orders', nodeC);
    expect(await stateOf('orders')).toMatchObject({ holder: nodeC, epoch: 2 });
    const history = await run('history', 'orders');
    expect(history.code).toBe(0);
    expect(history.stdout).toContain(`#2  ${nodeA} → ${nodeC}  operator  `);
    expect(history.stdout).toContain(
      `operator   failover ${nodeC}: kernel update (arn:aws:iam::111122223333:user/operator)`,
    );
  });

  it('may name its members by what they do; then it holds for the epoch that was seen', async () => {
    await world.held('roles');
    const { code, stdout } = await order('drain', 'roles', 'standby', '--json');
    const schema = z.object({ v: z.literal(1), request: z.looseObject({}), result: z.looseObject({}) });
    const { request, result } = schema.parse(JSON.parse(stdout));
    expect([code, request]).toMatchObject([0, { do: 'drain', node: nodeB, ifEpoch: 1 }]);
    expect(orderResponseSchema.parse({ v: 1, ...result })).toMatchObject({ group: 'roles', epoch: 1 });
    expect(await stateOf('roles')).toMatchObject({ drained: [nodeB] });
  });

  it('with --wait ends when it has happened', async () => {
    await world.held('waits');
    const waiting = order('failover', 'waits', '--wait', '--timeout', '9s');
    const deadline = performance.now() + 8000;
    while ((await stateOf('waits')).handover === undefined && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20));
    await world.beat('waits', nodeB);
    await world.beat('waits', nodeB);
    const { code, stdout } = await waiting;
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`\\ndone:\\nwaits .* epoch 2  held .*\\n(.*\\n)+.*${nodeB}  ● MASTER`, 'u'),
    );
  });

  it('with --wait says after --timeout what is missing, and that the order stands', async () => {
    await world.held('slow');
    const { code, stderr } = await order('failover', 'slow', '--wait', '--timeout', '100ms');
    expect(code).toBe(1);
    expect(stderr).toContain(`after 0.1 s: ${nodeB} has not taken it yet`);
    expect(stderr).toContain('the order stands');
  });

  it('that the rules refuse ends with 3, the rule and what to do', async () => {
    await world.held('ruled');
    const epoch = await order('pause', 'ruled', '--if-epoch', '9', '--json');
    expect(epoch).toMatchObject({ code: 3 });
    expect(JSON.parse(epoch.stdout)).toMatchObject({ error: { code: 'EpochMismatch' } });
    expect(epoch.stderr).toContain('look at `keepaloft status`, then decide again');
    await order('pause', 'ruled');
    const paused = await order('failover', 'ruled');
    expect(paused).toMatchObject({ code: 3 });
    expect(paused.stderr).toContain('group ruled is paused: resume it first');
    expect(await order('resume', 'ruled')).toMatchObject({ code: 0 });
  });

  it('that nobody confirms is not given', async () => {
    await world.held('asked');
    const { code, stderr } = await run('pause', 'asked');
    expect([code, stderr]).toEqual([
      64,
      'keepaloft: nobody is there to confirm it, and nothing was ordered\n' +
        '  give --yes; with --if-epoch N it is refused if the group has changed hands since you looked\n',
    ]);
    expect((await stateOf('asked')).paused).toBeUndefined();
  });

  it('with --dry-run is shown and not sent: not even a look', async () => {
    const nowhere = { ...world.env.operator, KEEPALOFT_ENDPOINT: 'http://127.0.0.1:2' };
    const { code, stdout } = await keepaloft(
      ['drain', 'mysql', nodeB, '--dry-run', '--if-epoch', '4'],
      nowhere,
    );
    expect([code, stdout.split('\n')]).toEqual([
      0,
      [
        'nothing is sent; this would be asked of arbiter us-east-1 127.0.0.1:2:',
        '  POST http://127.0.0.1:2/v1/admin',
        `  {"v":1,"do":"drain","node":"${nodeB}","group":"mysql","ifEpoch":4,"reason":"ordered on the command line"}`,
        '',
      ],
    ]);
    const role = await keepaloft(['drain', 'mysql', 'holder', '--dry-run'], nowhere);
    expect(role.stdout).toContain('where holder is whoever that is at that moment');
  });
});

describe('what goes wrong', () => {
  it('credentials that nobody knows, or that are a host’s: 5', async () => {
    for (const env of [world.env.stranger, world.env.member]) {
      const { code, stderr } = await keepaloft(['status'], env);
      expect(code).toBe(5);
      expect(stderr).toContain('allow execute-api:Invoke on POST /v1/admin');
    }
  });

  it('no credentials at all: 5, and how to get some', async () => {
    const env = {
      KEEPALOFT_ENDPOINT: world.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      HOME: '/nonexistent',
    };
    const { code, stderr } = await keepaloft(['status'], env);
    expect(code).toBe(5);
    expect(stderr).toContain('there are no credentials to sign with');
    expect(stderr).toContain('--profile NAME');
  });

  it('signs as the profile that is named, in the region that is: 5 for one that there is not', async () => {
    const keys = world.env.operator;
    const credentials = join(scratchDirectory(), 'credentials');
    writeFileSync(
      credentials,
      `[ops]\naws_access_key_id = ${keys['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = ${keys['AWS_SECRET_ACCESS_KEY']}\n`,
    );
    const env = {
      KEEPALOFT_ENDPOINT: world.endpoint,
      AWS_SHARED_CREDENTIALS_FILE: credentials,
      AWS_EC2_METADATA_DISABLED: 'true',
      HOME: '/nonexistent',
    };
    await world.held('profiled');
    const args = ['status', 'profiled', '--region', 'us-east-1', '--profile'];
    const named = await keepaloft([...args, 'ops'], env);
    expect(named).toMatchObject({ code: 0, stderr: '' });
    expect(named.stdout).toContain(' as ops');
    const absent = await keepaloft([...args, 'nobody'], env);
    expect(absent.code).toBe(5);
    expect(absent.stderr).toContain('there are no credentials to sign with');
  });

  it('an arbiter that does not answer, or is none: 4', async () => {
    const nowhere = await keepaloft(['status', '--endpoint', 'http://127.0.0.1:2'], world.env.operator);
    expect(nowhere).toMatchObject({ code: 4 });
    expect(nowhere.stderr).toContain('does not answer: ECONNREFUSED');
    const elsewhere = await keepaloft(['status', '--endpoint', `${world.endpoint}/prod`], world.env.operator);
    expect(elsewhere).toMatchObject({ code: 4 });
    expect(elsewhere.stderr).toContain('has no route for operators');
  });

  it('a group that there is not: its code, and where they are listed', async () => {
    for (const command of [['status'], ['history'], ['pause']]) {
      const mutation = command[0] === 'pause' ? ['--yes'] : [];
      const { code, stdout, stderr } = await run(...command, 'nobody', '--json', ...mutation);
      expect([code, JSON.parse(stdout)]).toMatchObject([64, { error: { code: 'UnknownGroup' } }]);
      expect(stderr).toContain('`keepaloft status` lists the groups');
    }
  });

  it.each([
    ['a group that cannot be', ['status', 'MySQL'], /1 to 32 characters of a-z/u],
    ['an order without a group', ['failover'], /missing required argument 'group'/u],
    ['a drain without a member', ['drain', 'mysql'], /missing required argument 'node'/u],
    ['a reason over two lines', ['pause', 'mysql', '--reason', 'a\nb'], /characters on one line/u],
    ['a time-out without a unit', ['pause', 'mysql', '--timeout', '5'], /needs a unit/u],
    ['a plain endpoint', ['status', '--endpoint', 'http://example.com'], /is not encrypted\n.*https/u],
    [
      'a lab and an endpoint',
      ['status', '--lab', '--endpoint', 'https://x.example'],
      /does not go with --lab/u,
    ],
    ['an endpoint somewhere', ['status', '--endpoint', 'https://x.example'], /does not tell the region/u],
  ])('%s: 64', async (_what, args, words) => {
    const { code, stderr } = await keepaloft(args);
    expect(code).toBe(64);
    expect(stderr).toMatch(words);
  });

  it('no arbiter: 64', async (context) => {
    if (listLabDirectories().length > 0) context.skip('a lab runs on this machine, and would be the arbiter');
    const { code, stderr } = await keepaloft(['status']);
    expect(code).toBe(64);
    expect(stderr).toMatch(/not said which arbiter.*\n.*--endpoint URL or set KEEPALOFT_ENDPOINT/u);
  });

  it('a member that there is not: 64, and nothing is ordered', async () => {
    await world.held('named');
    const { code, stderr } = await order('drain', 'named', 'host9');
    expect([code, stderr]).toEqual([
      64,
      "keepaloft: 'host9' names no member\n  name one of: an instance id, holder, standby\n",
    ]);
  });
});

describe('completion', () => {
  it.each(['bash', 'zsh', 'fish'])('prints a script for %s that asks the command', async (shell) => {
    const { code, stdout } = await keepaloft(['completion', shell]);
    expect(code).toBe(0);
    expect(stdout).toContain('keepaloft complete');
  });

  it('knows the commands that look', async () => {
    expect((await keepaloft(['complete', '--', 'pre'])).stdout).toContain('preflight\t');
    expect((await keepaloft(['complete', '--', 'init', '--'])).stdout).toContain('--tag\t');
  });

  it('knows the commands and their options', async () => {
    expect((await keepaloft(['complete', '--', 'failo'])).stdout).toContain('failover\t');
    expect((await keepaloft(['complete', '--', 'failover', 'mysql', '--'])).stdout).toContain('--if-epoch\t');
  });
});
