// Proves that the lab's EC2 end speaks to the aws command as EC2 does, and that the arbiter mends what people do with it.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Session } from '../../lab/session.ts';

const execute = promisify(execFile);
/** Debian's, not one that a Python environment happens to bring. */
const aws = '/usr/bin/aws';
const AWS_MS_MAX = 20_000;

describe('the EC2 end of a lab', () => {
  it('answers the aws command, and what that takes from the holder comes back', async (context) => {
    if (!existsSync(aws)) context.skip(`${aws} is not installed`);
    const session = await Session.open({ hosts: 2 });
    context.onTestFinished(() => session.close());
    await session.quiet();
    const { endpoints, env, hosts, vips } = session.info;
    const call = async (...words: string[]): Promise<unknown> => {
      // Older versions read no endpoint from the environment.
      const options = ['--endpoint-url', endpoints.ec2, '--output', 'json'];
      const { stdout } = await execute(aws, [...words, ...options], {
        env: { ...env, PATH: process.env['PATH'] ?? '', HOME: '/nonexistent' },
        timeout: AWS_MS_MAX,
      });
      const answer: unknown = stdout.trim() === '' ? undefined : JSON.parse(stdout);
      return answer;
    };
    const described = await call('ec2', 'describe-network-interfaces');
    expect(described).toMatchObject({
      NetworkInterfaces: hosts.map(({ eni, address }) => ({
        NetworkInterfaceId: eni,
        PrivateIpAddress: address,
      })),
    });
    const [vip = ''] = vips;
    const order = ['--network-interface-id', hosts[1]?.eni ?? '', '--private-ip-addresses', vip];
    await call('ec2', 'assign-private-ip-addresses', ...order, '--allow-reassignment');
    await session.until(
      'the VIP is moved back and counted',
      async () => (await session.group()).repairs === 1,
    );
    await session.quiet();
    expect(await session.group()).toMatchObject({ epoch: 1, holderHost: 'host1' });
    const elsewhere = ['--network-interface-id', 'eni-0bad0bad', '--private-ip-addresses', vip];
    const unknown = call('ec2', 'assign-private-ip-addresses', ...elsewhere);
    await expect(unknown).rejects.toThrow('InvalidNetworkInterfaceID.NotFound');
  });
});
