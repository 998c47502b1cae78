// Proves what an agent sends when: while an address is bound under the lease, and nothing from before it is taken away.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Announcer, type AnnouncerDeps } from '../../../agent/announce/announcer.ts';
import { announcement, parseArp } from '../../../agent/announce/arp.ts';
import { advertisement } from '../../../agent/announce/ndp.ts';
import { HostError } from '../../../agent/errors.ts';
import { after, bootMs } from '../../../core/time.ts';
import { ANNOUNCE_DEFAULT } from '../../../core/wire/announce.ts';

const VIP = '192.168.0.100';
const VIP6 = '2001:db8:0:2::64';
const MAC = '02:4b:c0:a8:00:0b';
const OTHER = '02:4b:c0:a8:00:0c';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const host = async (given: Partial<AnnouncerDeps> = {}) => {
  const world = { has: [VIP], arrived: [] as Buffer[], refuses: false, forwards: false };
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
    isRouter: () => world.forwards,
    open: () =>
      Promise.resolve({
        send: (device, protocol, { packet, toMac }) => {
          if (world.refuses) throw new HostError('announce-failed', 'no', { remedy: 'the drop-in' });
          if (protocol === 'ndp') {
            // Type and flags of the message, behind the header.
            const [type, flags] = [packet.readUInt8(40), packet.readUInt8(44)];
            sent.push(`${device} ${toMac} ${type === 136 ? 'is mine' : 'who has'} ${flags.toString(16)}`);
            return;
          }
          const { sender, target } = parseArp(packet) ?? {};
          sent.push(`${device} ${sender === '0.0.0.0' ? 'who has' : 'is mine:'} ${target ?? ''}`);
        },
        listen: () => ({ take: () => world.arrived.splice(0), close: () => undefined }),
      }),
    ...given,
  };
  const announced = [VIP, VIP6].map((vip) => [vip, ANNOUNCE_DEFAULT] as const);
  const announcer = await Announcer.open(new Map(announced), log, deps);
  const hold = (forMs = 60_000, added: string[] = [VIP], vips: string[] = [VIP]): void =>
    announcer.held(vips, after(deps.now(), forMs), added);
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

  it('announces an IPv6 address to all nodes, over what they knew, and as a router where the host is one', async () => {
    const { world, sent, said, hold } = await host();
    world.has = [VIP6];
    hold(60_000, [VIP6], [VIP6]);
    expect(sent).toEqual(Array<string>(5).fill('lan0 33:33:00:00:00:01 is mine 20'));
    expect(said).toEqual(['info announced by unsolicited neighbour advertisement']);
    world.forwards = true;
    hold(60_000, [VIP6], [VIP6]);
    expect(sent.at(-1)).toBe('lan0 33:33:00:00:00:01 is mine a0');
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

  it('is asked for by IPv6 at the address’s own group, and known by what it advertises', async () => {
    const { announcer, world, sent, said } = await host();
    announcer.ask(VIP6, 'lan0');
    expect(sent).toEqual(['lan0 33:33:ff:00:00:64 who has 0']);
    const advertised = (mac: string, vip: string): Buffer =>
      advertisement(mac, vip, false).packet.subarray(40);
    world.arrived.push(advertised(MAC, VIP6), advertised(OTHER, '2001:db8:0:2::65'));
    await vi.advanceTimersByTimeAsync(100);
    expect(said).toEqual([]);
    world.arrived.push(advertised(OTHER, VIP6));
    await vi.advanceTimersByTimeAsync(300);
    expect(said).toEqual([expect.stringMatching(/^warn another host answers for the VIP/)]);
  });
});
