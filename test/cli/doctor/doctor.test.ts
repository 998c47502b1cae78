// Proves, with the real command against the real handler and the lab's EC2 end, what doctor says and how it ends.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { nodeA, nodeB, nodeC } from '../../lambdas/fixtures.ts';
import { type Ended, keepaloft, type OperatedWorld, openWorld } from '../arbiter/world.ts';
import { type CloudWorld, eni, openCloudWorld, SUBNET, writeConfig } from '../cloud/world.ts';

let world: OperatedWorld;
let cloud: CloudWorld;
beforeAll(async () => {
  [world, cloud] = await Promise.all([openWorld(), openCloudWorld()]);
  for (const [n, instanceId] of [nodeA, nodeB, nodeC].entries())
    cloud.add(n + 1, { instanceId, networkInterfaceId: eni(n + 1) });
  cloud.cloud.reserve(SUBNET, '172.31.0.201/32');
  await world.held('mysql');
});
afterAll(() => Promise.all([world.close(), cloud.close()]));

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  keepaloft(['doctor', ...args], { ...world.env.operator, ...env });

describe('doctor', () => {
  it('of an arbiter that has never swept says so, and ends with 1', async () => {
    const { code, stdout, stderr } = await run([]);
    expect([code, stderr, stdout.split('\n')]).toEqual([
      1,
      '',
      [
        `arbiter us-east-1 ${world.endpoint.slice('http://'.length)}`,
        '! there has been no sweep yet  [sweep-missing]',
        '  look at the schedule and the log of the sweep function: nothing repairs drift of a silent group meanwhile',
        '✓ it answers, and these credentials may operate it',
        `✓ mysql: held by ${nodeA}, ${nodeB} would take over`,
        '0 problems, 1 warning, 2 ok',
        '',
      ],
    ]);
  });

  it('with a file compares it with what is deployed; an EC2 that refuses hides none of it', async () => {
    const file = writeConfig({ mysql: { members: [nodeA, nodeB] } });
    // The arbiter's operator is a stranger to this EC2.
    const env = { AWS_ENDPOINT_URL_EC2: cloud.env.operator['AWS_ENDPOINT_URL_EC2'] };
    const { code, stdout } = await run([file, '--json'], env);
    const schema = z.object({
      v: z.literal(1),
      arbiter: z.object({ endpoint: z.literal(world.endpoint) }),
      file: z.literal(file),
      verdict: z.literal('warn'),
      findings: z.array(z.object({ verdict: z.string(), code: z.string() })),
    });
    const { findings } = schema.parse(JSON.parse(stdout));
    expect([code, findings.map((finding) => `${finding.verdict} ${finding.code}`)]).toEqual([
      1,
      ['ok arbiter', 'warn sweep-missing', 'ok served', 'warn group-differs', 'unknown denied'],
    ]);
  });
});

describe('what goes wrong', () => {
  it('credentials that may not: 5, as the finding', async () => {
    const { code, stdout } = await run([], world.env.member);
    expect(code).toBe(5);
    expect(stdout).toMatch(/✗ .*\[denied\]\n {2}.*execute-api:Invoke on POST \/v1\/admin/u);
  });

  it('an arbiter that does not answer: 4, as the finding', async () => {
    const { code, stdout } = await run(['--endpoint', 'http://127.0.0.1:2', '--json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      4,
      { verdict: 'bad', findings: [{ verdict: 'bad', code: 'arbiter-unreachable' }] },
    ]);
  });

  it('no such file: 66', async () => {
    expect((await run(['/nonexistent/keepaloft.yaml'])).code).toBe(66);
  });
});
