// Proves what an agent sends when: while an address is bound under the lease, and nothing from before it is taken away.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Announcer, type AnnouncerDeps } from '../../../agent/announce/announcer.ts';
import { announcement, parseArp } from '../../../agent/announce/arp.ts';
import { HostError } from '../../../agent/errors.ts';
import { after, bootMs } from '../../../core/time.ts';
import { ANNOUNCE_DEFAULT } from '../../../core/wire/announce.ts';

const VIP = '192.168.0.100';
const MAC = '02:4b:c0:a8:00:0b';
const OTHER = '02:4b:c0:a8:00:0c';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const host = async (given: Partial<AnnouncerDeps> = {}) => {
  const world = { has: [VIP], arrived: [] as Buffer[], refuses: false };
  const sent: string[] = [];
  const said: string[] = [];
  const note =
    (level: string) =>
    (_: object, message: string): void =>
      void said.push(`${level} ${message}`);
  const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
  const deps: AnnouncerDeps = {
    now: () => bootMs(Date.now()),
    locate: () => world.has.map((address) => ({ address, prefix: 32, interface: 'lan0' })),
    macOf: (device) => (device === 'lan0' ? MAC : undefined),
    open: () =>
      Promise.resolve({
        broadcast: (device, packet) => {
          if (world.refuses) throw new HostError('announce-failed', 'no', { remedy: 'the drop-in' });
          const { sender, target } = parseArp(packet) ?? {};
          sent.push(`${device} ${sender === '0.0.0.0' ? 'who has' : 'is mine:'} ${target ?? ''}`);
        },
        listen: () => ({ take: () => world.arrived.splice(0), close: () => undefined }),
      }),
    ...given,
  };
  const announcer = await Announcer.open(new Map([[VIP, ANNOUNCE_DEFAULT]]), log, deps);
  const hold = (forMs = 60_000, added: string[] = [VIP]): void =>
    announcer.held([VIP], after(deps.now(), forMs), added);
  return { announcer, world, sent, said, hold };
};
const times = (count: number): string[] => Array<string>(count).fill(`lan0 is mine: ${VIP}`);

describe('an announcer', () => {
  it('announces at once and again after the delay, and a renewal is nothing new', async () => {
    const { sent, hold } = await host();
    hold();
    expect(sent).toEqual(times(5));
    vi.advanceTimersByTime(1000);
    hold(60_000, []);
    expect(sent).toEqual(times(5));
    vi.advanceTimersByTime(30_000);
    expect(sent).toEqual(times(10));
  });

  it('says nothing more from the moment at which it is told to be quiet', async () => {
    const { announcer, sent, hold } = await host();
    hold();
    announcer.quiet([VIP]);
    vi.advanceTimersByTime(60_000);
    announcer.look();
    expect(sent).toEqual(times(5));
  });

  it('says nothing when the lease has run out or the kernel has let go, although its timer fires', async () => {
    for (const ends of ['lease', 'kernel']) {
      const { world, sent, hold } = await host();
      hold(ends === 'lease' ? 4000 : 60_000);
      if (ends === 'kernel') world.has = [];
      vi.advanceTimersByTime(60_000);
      expect(sent).toEqual(times(5));
    }
  });

  it('announces anew what comes back, and what the kernel did not have when it was bound again', async () => {
    const { announcer, world, sent, hold } = await host();
    hold();
    world.has = [];
    announcer.look();
    world.has = [VIP];
    announcer.look();
    expect(sent).toEqual(times(10));
    hold(60_000, [VIP]);
    expect(sent).toEqual(times(15));
  });

  it('leaves other addresses alone', async () => {
    const { announcer, sent } = await host();
    announcer.held(['172.31.0.201'], bootMs(Date.now() + 60_000), ['172.31.0.201']);
    announcer.quiet(['172.31.0.201']);
    expect([announcer.isAnnounced('172.31.0.201'), sent]).toEqual([false, []]);
  });

  it('that may not, says so once with what to do, and nothing else fails', async () => {
    const none = (): Promise<never> =>
      Promise.reject(new HostError('announce-failed', 'no packet socket', { remedy: 'the drop-in' }));
    const { announcer, said, hold } = await host({ open: none });
    hold();
    announcer.ask(VIP, 'lan0');
    expect(said).toEqual([expect.stringMatching(/^error the VIPs cannot be announced/)]);
    const busy = await host();
    busy.world.refuses = true;
    busy.hold();
    busy.hold();
    expect(busy.said).toHaveLength(1);
  });
});

describe('another host with the address', () => {
  it('is warned of when it answers, and this one binds all the same', async () => {
    const { announcer, world, sent, said } = await host();
    announcer.ask(VIP, 'lan0');
    expect(sent).toEqual([`lan0 who has ${VIP}`]);
    world.arrived.push(announcement(MAC, VIP), Buffer.from('noise'), announcement(OTHER, VIP));
    await vi.advanceTimersByTimeAsync(300);
    expect(said).toEqual([expect.stringMatching(/^warn another host answers for the VIP/)]);
  });

  it('is asked for once at a time, and silence is no news', async () => {
    const { announcer, sent, said } = await host();
    announcer.ask(VIP, 'lan0');
    announcer.ask(VIP, 'lan0');
    await vi.advanceTimersByTimeAsync(1000);
    expect([sent, said]).toEqual([[`lan0 who has ${VIP}`], []]);
  });
});
