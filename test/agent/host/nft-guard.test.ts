// Proves the order and the contents of the guard's transactions, and how it takes over from an earlier run.
import { describe, expect, it } from 'vitest';
import { HostError } from '../../../agent/errors.ts';
import type { NftOptions, NftResult } from '../../../agent/host/nft-command.ts';
import { findNft } from '../../../agent/host/nft-command.ts';
import { type NftDeps, NftGuard, parseGuard, parseNftTime } from '../../../agent/host/nft-guard.ts';
import { bootMs } from '../../../core/time.ts';

const VIP = '172.31.0.201';
const OTHER = '172.31.0.202';
const LISTING = `table inet keepaloft {
	set guarded {
		type ipv4_addr
		elements = { ${VIP}, ${OTHER} }
	}

	set alive {
		type ipv4_addr
		flags timeout
		elements = { ${VIP} timeout 3s500ms expires 1s234ms }
	}

	chain arriving {
		type filter hook prerouting priority raw - 10; policy accept;
		ip daddr @guarded ip daddr != @alive drop
	}
}
`;
const NONE: NftResult = { ok: false, stdout: '', complaint: 'Error: No such file or directory' };
const DONE: NftResult = { ok: true, stdout: '', complaint: '' };

/** An nft that says these things, one a call, then succeeds. */
const host = (says: (NftResult | HostError)[] = [NONE]) => {
  const calls: { lines: readonly string[]; options: NftOptions | undefined }[] = [];
  let now = 10_000;
  const deps: NftDeps = {
    run: (lines, options) => {
      calls.push({ lines, options });
      const said = says[calls.length - 1] ?? DONE;
      return said instanceof HostError ? Promise.reject(said) : Promise.resolve(said);
    },
    now: () => bootMs(now),
  };
  return { calls, deps, pass: (ms: number) => void (now += ms) };
};
const timeout = new HostError('nft-timeout', 'nft ended by timeout', { remedy: 'look' });
const elementLines = (lines: readonly string[] = []): string[] =>
  lines.filter((line) => line.includes(' element ')).map((line) => line.replace(' inet keepaloft', ''));

describe('listing', () => {
  it('is read to the millisecond', () => {
    expect(parseNftTime('1d2h3m4s5ms')).toBe(93_784_005);
    expect(parseNftTime('950ms')).toBe(950);
    expect(parseGuard(LISTING)).toEqual({ guarded: [VIP, OTHER], aliveMs: new Map([[VIP, 1234]]) });
    const both = `table inet keepaloft {
	set guarded {\n\t\ttype ipv4_addr\n\t\telements = { ${VIP} }\n\t}
	set guarded6 {\n\t\ttype ipv6_addr\n\t\telements = { 2001:db8::c9, 2001:db8:0:1::ca }\n\t}
	set alive {\n\t\ttype ipv4_addr\n\t\tflags timeout\n\t}
	set alive6 {\n\t\ttype ipv6_addr\n\t\tflags timeout\n\t\telements = { 2001:db8::c9 timeout 3s expires 2s5ms, 2001:db8:0:1::ca timeout 3s expires 7ms }\n\t}
}`;
    expect(parseGuard(both)).toEqual({
      guarded: [VIP, '2001:db8::c9', '2001:db8:0:1::ca'],
      aliveMs: new Map([
        ['2001:db8::c9', 2005],
        ['2001:db8:0:1::ca', 7],
      ]),
    });
    expect(parseGuard('')).toEqual({ guarded: [], aliveMs: new Map() });
  });
});

describe('opening', () => {
  it('lets the kernel judge the table before anything depends on it, and leaves nothing', async () => {
    const { calls, deps } = host();
    await NftGuard.open([VIP], deps);
    expect(calls).toHaveLength(2);
    expect(calls[1]?.options).toEqual({ checkOnly: true });
  });

  it('refuses to start without nft, or where the kernel refuses, and says what to do', async () => {
    const missing = new HostError('no-nft-command', 'no nft command', { remedy: 'install nftables' });
    await expect(NftGuard.open([VIP], host([missing]).deps)).rejects.toMatchObject({
      code: 'no-nft-command',
    });
    const refused: NftResult = { ok: false, stdout: '', complaint: 'Error: Operation not permitted' };
    await expect(NftGuard.open([VIP], host([NONE, refused]).deps)).rejects.toMatchObject({
      code: 'nft-refused',
      remedy: 'run the agent as root or with CAP_NET_ADMIN',
    });
    expect(() => findNft(['/nonexistent/nft'])).toThrow(/no nft command/);
  });

  it('asks nothing of a host without nft when no group needs it', async () => {
    const missing = new HostError('no-nft-command', 'no nft command', { remedy: 'install nftables' });
    const { calls, deps } = host([missing]);
    const guard = await NftGuard.open([], deps);
    expect(guard.isGuarded(VIP)).toBe(false);
    expect(calls).toHaveLength(1);
  });

  it('takes over what lives, and frees what is not to be guarded any more', async () => {
    const { calls, deps, pass } = host([{ ...DONE, stdout: LISTING }]);
    const guard = await NftGuard.open([VIP], deps);
    expect(guard.mayLiveMs(VIP)).toBe(1254);
    pass(1254);
    expect(guard.mayLiveMs(VIP)).toBe(0);
    expect(guard.isGuarded(VIP)).toBe(true);
    expect(guard.isGuarded(OTHER)).toBe(false);
    expect(elementLines(calls[1]?.lines)).toContain(`delete element guarded { ${OTHER} }`);
  });

  it('removes the table of an earlier run when no group is guarded any more', async () => {
    const { calls, deps } = host([{ ...DONE, stdout: LISTING }]);
    await NftGuard.open([], deps);
    expect(calls[1]?.lines).toEqual(['add table inet keepaloft', 'delete table inet keepaloft']);
  });
});

describe('extending', () => {
  it('keeps the addresses of each protocol in sets of their own', async () => {
    const { calls, deps } = host();
    const guard = await NftGuard.open([VIP, '2001:db8::c9'], deps);
    await guard.extend([VIP, '2001:db8::c9'], bootMs(14_650));
    const lines = elementLines(calls.at(-1)?.lines);
    expect(lines).toContain(`add element guarded { ${VIP} }`);
    expect(lines).toContain('add element guarded6 { 2001:db8::c9 }');
    expect(lines.at(-1)).toMatch(/^add element alive6 \{ 2001:db8::c9 timeout \d+ms \}$/);
  });

  it('guards and revives in one transaction, whatever was there before', async () => {
    const { calls, deps } = host();
    const guard = await NftGuard.open([VIP], deps);
    await guard.extend([VIP], bootMs(14_650));
    expect(calls[2]?.options).toEqual({ timeoutMs: 210 });
    expect(elementLines(calls[2]?.lines)).toEqual([
      `add element guarded { ${VIP} }`,
      `add element alive { ${VIP} timeout 1s }`,
      `delete element alive { ${VIP} }`,
      `add element alive { ${VIP} timeout 4480ms }`,
    ]);
    expect(guard.mayLiveMs(VIP)).toBe(4650);
  });

  it('counts packets as passing from before the transaction on, also when it failed', async () => {
    const { deps } = host([
      NONE,
      DONE,
      { ok: false, stdout: '', complaint: 'Error: Device or resource busy' },
    ]);
    const guard = await NftGuard.open([VIP], deps);
    await expect(guard.extend([VIP], bootMs(14_650))).rejects.toMatchObject({ code: 'nft-refused' });
    expect(guard.mayLiveMs(VIP)).toBe(4650);
  });

  it('tries once more with what is left, when nft took too long', async () => {
    const { calls, deps } = host([NONE, DONE, timeout]);
    const guard = await NftGuard.open([VIP], deps);
    await guard.extend([VIP], bootMs(14_650));
    expect(calls).toHaveLength(4);
    const stuck = host([NONE, DONE, timeout, timeout]);
    const other = await NftGuard.open([VIP], stuck.deps);
    await expect(other.extend([VIP], bootMs(14_650))).rejects.toMatchObject({ code: 'nft-timeout' });
  });

  it('begins nothing when it is too late', async () => {
    const { calls, deps } = host();
    const guard = await NftGuard.open([VIP], deps);
    await expect(guard.extend([VIP], bootMs(10_200))).rejects.toMatchObject({ code: 'too-late' });
    expect(calls).toHaveLength(2);
    expect(guard.isGuarded(VIP)).toBe(false);
  });
});

describe('letting go', () => {
  it('silences first and keeps the guard, then frees; the table goes with the last address', async () => {
    const { calls, deps } = host();
    const guard = await NftGuard.open([VIP, OTHER], deps);
    await guard.extend([VIP, OTHER], bootMs(14_650));
    await guard.silence([VIP]);
    expect(elementLines(calls[3]?.lines)).toContain(`delete element alive { ${VIP} }`);
    expect([guard.isGuarded(VIP), guard.mayLiveMs(VIP)]).toEqual([true, 0]);
    await guard.free([VIP]);
    expect(elementLines(calls[4]?.lines)).toContain(`delete element guarded { ${VIP} }`);
    expect(guard.isGuarded(VIP)).toBe(false);
    await guard.free([OTHER]);
    expect(calls[5]?.lines).toContain('delete table inet keepaloft');
  });

  it('never takes the table away from another group that is just being guarded', async () => {
    const { calls, deps } = host();
    const guard = await NftGuard.open([VIP, OTHER], deps);
    await guard.extend([VIP], bootMs(14_650));
    await Promise.all([guard.free([VIP]), guard.extend([OTHER], bootMs(14_650))]);
    expect(calls[3]?.lines).toContain('delete table inet keepaloft');
    expect(elementLines(calls[4]?.lines)).toContain(`add element guarded { ${OTHER} }`);
    expect(guard.isGuarded(OTHER)).toBe(true);
  });
});
