// Proves that VIPs are changed by one ip batch, that the outcome counts and not the exit status, and what is refused.
import { describe, expect, it } from 'vitest';
import { HostError } from '../../../agent/errors.ts';
import {
  type AddressDeps,
  bind,
  changeAddresses,
  defaultGateway,
  defaultInterface,
  listLocal,
  locate,
  unbind,
} from '../../../agent/host/addresses.ts';
import type { LocalAddress } from '../../../agent/host/shown-addresses.ts';
import { bootMs } from '../../../core/time.ts';

const shown = (...addresses: string[]): string =>
  addresses
    .map((address) => `4: eth0    inet ${address}/32 scope global eth0\\       valid_lft forever`)
    .join('\n');

const host = (after: string[], before: LocalAddress[] = [], complaint = '') => {
  const batches: string[][] = [];
  const deps: AddressDeps = {
    run: (lines) => {
      batches.push([...lines]);
      return Promise.resolve({ stdout: shown(...after), ok: complaint === '', complaint });
    },
    locate: () => before,
    now: () => bootMs(1000),
  };
  return { batches, deps };
};

describe('listing', () => {
  it('lists loopback, with interface and prefix, without starting a process', () => {
    expect(listLocal().has('127.0.0.1')).toBe(true);
    expect(locate()).toContainEqual({ address: '127.0.0.1', prefix: 8, interface: 'lo' });
  });
});

describe('binding', () => {
  it('binds several VIPs as /32 in one batch and looks afterwards', async () => {
    const { batches, deps } = host(['172.31.0.11', '172.31.0.201', '172.31.0.202']);
    const bound = await bind({ addresses: ['172.31.0.201', '172.31.0.202'], interface: 'eth0' }, deps);
    expect(batches).toEqual([
      ['addr replace 172.31.0.201/32 dev eth0', 'addr replace 172.31.0.202/32 dev eth0', 'addr show'],
    ]);
    expect(bound).toEqual(new Set(['172.31.0.11', '172.31.0.201', '172.31.0.202']));
  });

  it('binds an IPv6 VIP as /128, at once, and never as the source of connections of its own', async () => {
    const vip = '2001:db8::c9';
    const { batches, deps: plain } = host([]);
    const run: AddressDeps['run'] = (lines) => {
      batches.push([...lines]);
      const stdout = `4: eth0    inet6 ${vip}/128 scope global nodad deprecated \\       valid_lft forever`;
      return Promise.resolve({ stdout, ok: true, complaint: '' });
    };
    await bind({ addresses: [vip], interface: 'eth0' }, { ...plain, run });
    expect(batches).toEqual([[`addr replace ${vip}/128 dev eth0 nodad preferred_lft 0`, 'addr show']]);
  });

  it('says how to switch IPv6 on where it is off', async () => {
    const { deps } = host([], [], 'RTNETLINK answers: Permission denied');
    await expect(bind({ addresses: ['2001:db8::c9'], interface: 'eth0' }, deps)).rejects.toMatchObject({
      remedy: 'switch IPv6 on: sysctl net.ipv6.conf.INTERFACE.disable_ipv6=0',
    });
  });

  it('takes the outcome for the truth when a line complains but the address is there', async () => {
    const { deps } = host(['172.31.0.201'], [], 'RTNETLINK answers: File exists');
    await expect(bind({ addresses: ['172.31.0.201'], interface: 'eth0' }, deps)).resolves.toBeDefined();
  });

  it('says what is missing and what to do when the address is not there', async () => {
    const { deps } = host([], [], 'RTNETLINK answers: Operation not permitted');
    await expect(bind({ addresses: ['172.31.0.201'], interface: 'eth0' }, deps)).rejects.toMatchObject({
      name: 'HostError',
      code: 'bind-failed',
      remedy: 'run the agent as root or with CAP_NET_ADMIN',
    });
  });

  it('begins nothing at or after notAfter', async () => {
    const { batches, deps } = host(['172.31.0.201']);
    const late = bind({ addresses: ['172.31.0.201'], interface: 'eth0', notAfter: bootMs(1000) }, deps);
    await expect(late).rejects.toMatchObject({ code: 'too-late' });
    expect(batches).toEqual([]);
    await bind({ addresses: ['172.31.0.201'], interface: 'eth0', notAfter: bootMs(1001) }, deps);
    expect(batches).toHaveLength(1);
  });

  it.each([
    ['172.31.0.201 dev lo\naddr flush dev eth0', 'eth0'],
    ['172.31.0.999', 'eth0'],
    ['172.31.0.201', 'eth0 label x'],
  ])('lets no foreign text into the batch: %j on %j', async (address, name) => {
    const { batches, deps } = host([]);
    await expect(bind({ addresses: [address], interface: name }, deps)).rejects.toThrow(HostError);
    expect(batches).toEqual([]);
  });
});

describe('unbinding', () => {
  it('takes an address away where and as it really is', async () => {
    const places = [
      { address: '172.31.0.201', prefix: 24, interface: 'eth1' },
      { address: '172.31.0.201', prefix: 32, interface: 'eth0' },
    ];
    const { batches, deps } = host(['172.31.0.11'], places);
    await unbind({ addresses: ['172.31.0.201'], interface: 'eth0' }, deps);
    expect(batches).toEqual([
      ['addr del 172.31.0.201/24 dev eth1', 'addr del 172.31.0.201/32 dev eth0', 'addr show'],
    ]);
  });

  it('is content when the address was not there, and fails when it still is', async () => {
    const gone = host([], [], 'RTNETLINK answers: Cannot assign requested address');
    await expect(
      unbind({ addresses: ['172.31.0.201'], interface: 'eth0' }, gone.deps),
    ).resolves.toBeDefined();
    const left = host(['172.31.0.201']);
    await expect(unbind({ addresses: ['172.31.0.201'], interface: 'eth0' }, left.deps)).rejects.toMatchObject(
      {
        code: 'unbind-failed',
      },
    );
  });

  it('takes away what only ip sees: an address on an interface that is down', async () => {
    const batches: string[][] = [];
    const deps: AddressDeps = {
      run: (lines) => {
        batches.push([...lines]);
        const stdout =
          batches.length === 1
            ? '7: eth1    inet 172.31.0.201/24 scope global eth1\\       valid_lft forever'
            : '';
        return Promise.resolve({ stdout, ok: true, complaint: '' });
      },
      locate: () => [],
      now: () => bootMs(1000),
    };
    expect(await unbind({ addresses: ['172.31.0.201'], interface: 'eth0' }, deps)).toEqual(new Set());
    expect(batches[1]).toEqual(['addr del 172.31.0.201/24 dev eth1', 'addr show']);
  });

  it('unbinds before it binds', async () => {
    const { batches, deps } = host(['172.31.0.202']);
    await changeAddresses({ bind: ['172.31.0.202'], unbind: ['172.31.0.201'], interface: 'eth0' }, deps);
    expect(batches[0]?.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'addr del',
      'addr replace',
      'addr show',
    ]);
  });
});

describe('default interface', () => {
  const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n';
  it('is the one of the default route with the lowest metric', () => {
    const routes = `${header}eth1\t00000000\t01001FAC\t0003\t0\t0\t200\t00000000\t0\t0\t0\neth0\t00000000\t01001FAC\t0003\t0\t0\t100\t00000000\t0\t0\t0\nlo\t0000007F\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0\n`;
    expect(defaultInterface(() => routes)).toBe('eth0');
  });
  it('is an error with a remedy when there is none, or when it is down', () => {
    expect(() => defaultInterface(() => header)).toThrow(HostError);
    const down = `${header}eth0\t00000000\t01001FAC\t0002\t0\t0\t100\t00000000\t0\t0\t0\n`;
    expect(() => defaultInterface(() => down)).toThrow(/no IPv4 default route/);
  });
});

describe('default gateway', () => {
  const routes = (gateway: string): string =>
    `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t${gateway}\t0003\t0\t0\t100\t00000000\n`;
  it('is read from the kernel’s little-endian words', () => {
    expect(defaultGateway(() => routes('01001FAC'))).toBe('172.31.0.1');
  });
  it('is an error with a remedy where the route leads to the interface itself, or is missing', () => {
    expect(() => defaultGateway(() => routes('00000000'))).toThrow(/no gateway: it leads out of eth0/);
    expect(() => defaultGateway(() => 'Iface\n')).toThrow(HostError);
  });
});
