// Proves that an interface's subnet is asked for until it is known, and that nobody waits long for it.
import { describe, expect, it } from 'vitest';
import { createSubnets } from '../../../agent/routing/subnet.ts';

const MAC = '0a:00:00:00:00:01';
const subnets = (answers: (() => Promise<string | undefined>)[], mac = MAC) => {
  const asked: string[] = [];
  const subnetOf = createSubnets({
    imds: {
      subnetOf: (one) => {
        asked.push(one);
        return (answers.shift() ?? (() => Promise.resolve(undefined)))();
      },
    },
    log: { debug: () => undefined } as never,
    mac: () => mac,
  });
  return { subnetOf, asked };
};

describe('the subnet of an interface', () => {
  it('is asked for until there is an answer, by its MAC address', async () => {
    const { subnetOf, asked } = subnets([
      () => Promise.reject(new Error('no metadata service')),
      () => Promise.resolve('no block'),
      () => Promise.resolve('172.31.16.0/20'),
    ]);
    const answers = [
      await subnetOf('eth1'),
      await subnetOf('eth1'),
      await subnetOf('eth1'),
      await subnetOf('eth1'),
    ];
    expect(answers).toEqual([undefined, undefined, '172.31.16.0/20', '172.31.16.0/20']);
    expect(asked).toEqual([MAC, MAC, MAC]);
  });

  it('that is late is known later, and was asked for once', async () => {
    let answer: (cidr: string) => void = () => undefined;
    const { subnetOf, asked } = subnets([
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    ]);
    expect(await subnetOf('eth1')).toBeUndefined();
    const again = subnetOf('eth1');
    answer('172.31.16.0/20');
    expect(await again).toBe('172.31.16.0/20');
    expect(asked).toHaveLength(1);
  });

  it('of an interface without a MAC address is not asked for', async () => {
    const { subnetOf, asked } = subnets([], '00:00');
    expect(await subnetOf('tun0')).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
