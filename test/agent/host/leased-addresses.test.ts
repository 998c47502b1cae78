// Proves what is asked of `ip` for an address with a lifetime, and that a lifetime which is not there is noticed.
import { describe, expect, it } from 'vitest';
import { HostError } from '../../../agent/errors.ts';
import type { AddressDeps } from '../../../agent/host/addresses.ts';
import { bindLeased, leftoversOf, mayLiveMs, showAddresses } from '../../../agent/host/leased-addresses.ts';
import { bootMs } from '../../../core/time.ts';

const VIP = '172.31.0.201';
const LINK = '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue\\    link/loopback 00:00:00:00:00:00';
const ours = (lifetime = '3sec'): string =>
  `4: eth0    inet ${VIP}/32 scope global dynamic eth0\\       valid_lft ${lifetime} preferred_lft ${lifetime}`;
const copy = `5: eth1    inet ${VIP}/24 scope global eth1\\       valid_lft forever preferred_lft forever`;
const request = { addresses: [VIP], interface: 'eth0', until: bootMs(5650) };

type Outcome = { before?: string; after?: string; complaint?: string } | 'timeout';

/** A host whose `ip` shows these outcomes, one a call; each call takes `callMs`. */
const host = (outcomes: Outcome[], callMs = 3) => {
  const calls: { lines: readonly string[]; timeoutMs: number | undefined }[] = [];
  let now = 1000;
  const deps: AddressDeps = {
    run: (lines, timeoutMs) => {
      calls.push({ lines, timeoutMs });
      const outcome = outcomes[calls.length - 1] ?? {};
      now += outcome === 'timeout' ? (timeoutMs ?? 2000) : callMs;
      if (outcome === 'timeout')
        return Promise.reject(new HostError('ip-timeout', 'ip ended by timeout', { remedy: 'look' }));
      const { before = '', after = '', complaint = '' } = outcome;
      return Promise.resolve({ stdout: `${before}\n${LINK}\n${after}\n`, ok: complaint === '', complaint });
    },
    locate: () => [],
    now: () => bootMs(now),
  };
  return { calls, deps };
};

describe('bindLeased', () => {
  it('gives a lifetime in whole seconds by one ip process, and looks before and after', async () => {
    const { calls, deps } = host([{ before: ours('2sec'), after: ours() }]);
    const { bound, meddled } = await bindLeased(request, deps);
    expect(bound).toEqual(new Set([VIP]));
    expect(meddled).toEqual([]);
    expect(calls).toEqual([
      {
        lines: [
          'addr show',
          'link show dev lo',
          `addr replace ${VIP}/32 dev eth0 valid_lft 3 preferred_lft 3`,
          'addr show',
        ],
        // 150 ms are left over from whole seconds, 60 ms are the command's own.
        timeoutMs: 210,
      },
    ]);
  });

  it('begins nothing when there is no second left to give', async () => {
    const { calls, deps } = host([]);
    await expect(bindLeased({ ...request, until: bootMs(3499) }, deps)).rejects.toMatchObject({
      code: 'too-late',
    });
    expect(calls).toEqual([]);
  });

  it('says that somebody has bound the address without a lifetime meanwhile', async () => {
    const { calls, deps } = host([{ before: ours('forever'), after: ours() }]);
    expect((await bindLeased(request, deps)).meddled).toEqual([VIP]);
    expect(calls).toHaveLength(1);
  });

  it('takes copies in other places away, and gives the lifetime again', async () => {
    const { calls, deps } = host([{ before: copy, after: `${ours()}\n${copy}` }, { after: ours() }]);
    expect((await bindLeased(request, deps)).meddled).toEqual([VIP]);
    expect(calls[1]?.lines).toContain(`addr del ${VIP}/24 dev eth1`);
  });

  it('fails when an address without a lifetime cannot be got rid of', async () => {
    const both = { after: `${ours()}\n${copy}` };
    const { deps } = host([both, both]);
    await expect(bindLeased(request, deps)).rejects.toMatchObject({
      code: 'lifetime-not-set',
      message: `bound without a lifetime: ${VIP}/24 on eth1`,
    });
  });

  it('gives what is left then, when an ip that took too long may have begun the lifetime late', async () => {
    const { calls, deps } = host(['timeout', { after: ours('2sec') }]);
    await bindLeased(request, deps);
    expect(calls[1]?.lines[2]).toBe(`addr replace ${VIP}/32 dev eth0 valid_lft 2 preferred_lft 2`);
    const stuck = host(['timeout', 'timeout']);
    await expect(bindLeased(request, stuck.deps)).rejects.toMatchObject({ code: 'ip-timeout' });
    expect(stuck.calls).toHaveLength(2);
  });

  it('says what is missing when the address is not there', async () => {
    const { deps } = host([{ complaint: 'RTNETLINK answers: Operation not permitted' }]);
    await expect(bindLeased(request, deps)).rejects.toMatchObject({
      code: 'bind-failed',
      remedy: 'run the agent as root or with CAP_NET_ADMIN',
    });
  });

  it('lets no foreign text into the batch', async () => {
    const { calls, deps } = host([]);
    const bad = { ...request, addresses: ['172.31.0.201 dev lo'] };
    await expect(bindLeased(bad, deps)).rejects.toMatchObject({ code: 'bad-argument' });
    expect(calls).toEqual([]);
  });
});

describe('leftovers', () => {
  it('live as long as the longest of them, the lateness of the kernel included', async () => {
    const { deps } = host([{ before: ours('2sec'), after: '' }]);
    const [left] = await showAddresses(deps);
    expect(left === undefined ? 0 : mayLiveMs(left)).toBe(3500);
    expect(
      leftoversOf([
        { address: VIP, forMs: 3100 },
        { address: '172.31.0.202', forMs: 1200 },
      ]),
    ).toEqual({ bound: [VIP, '172.31.0.202'], expiresInMs: 3100 });
  });

  it('have no end as soon as one of them has none', () => {
    const left = leftoversOf([
      { address: VIP, forMs: 3100 },
      { address: '172.31.0.202', forMs: Infinity },
    ]);
    expect(left).toEqual({ bound: [VIP, '172.31.0.202'] });
    expect(leftoversOf([])).toEqual({ bound: [] });
  });
});
