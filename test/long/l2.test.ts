// Proves on a switch of the lab, with real kernels, real ARP and real neighbour discovery: never two hosts with the VIP bound, as the kernels themselves tell
// it, whatever happens to its holder; and a client that knew the former holder follows at once.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isIpv6 } from '../../core/wire/ipv6.ts';
import { Observer } from '../../lab/nemesis/observer.ts';
import { findProgram, run } from '../../lab/net/exec.ts';
import { bestStandbyHost, Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, members } from '../e2e/lab/document.ts';

const VIPS = ['192.168.0.100', '2001:db8:0:2::64'] as const;
const announce = { delay: '1s', repeat: 2 };
const group = {
  vips: VIPS.map((address) => ({ address, fabric: 'l2', announce })),
  members: members(200, 150, 100),
  exclusive: true,
  // The shortest with which the kernel's whole seconds leave a lifetime: this suite has little time.
  timing: { heartbeat: '400ms' },
  checks: { service: { tcp: '127.0.0.1:8080', interval: '200ms', fall: 2, rise: 2 } },
};
/**
 * From the kernel's binding to the client's first answer. Without an announcement the client would go on sending to the former
 * holder for the eight seconds and more until its kernel asks anew.
 */
const FOLLOWS_MS_MAX = 2000;
const FAULTS = [
  ['dies', 'kill'],
  ['has an agent that freezes, and its kernel lets go', 'freeze-agent'],
  ['is cut off from the arbiter, and fails closed', 'cut-arbiter'],
  ['has lost its service', 'service'],
] as const;
const nft = findProgram('nft');
const without = nft === null ? ' (needs nft: apt-get install nftables)' : '';

describe.skipIf(nft === null)(`addresses that hosts announce themselves${without}`, () => {
  let session: Session;
  let config: DocumentFile;
  let observer: Observer;
  /** Since the test began: moments at which two hosts had one of them, and by host and address when it was bound first. */
  let twice: string[] = [];
  let boundAt = new Map<string, number>();
  const complaints: string[] = [];

  beforeAll(async () => {
    config = documentFile({ version: 1, groups: { edge: group } });
    session = await Session.open({ config: config.path, hosts: 4 });
    observer = new Observer({
      info: session.info,
      vips: VIPS.map((address) => ({ address, tables: [] })),
      onBlind: (what) => complaints.push(what),
      onSighting: (seen) => {
        if (seen.kind !== 'bound' || !seen.bound) return;
        const what = `${seen.host} ${seen.vip}`;
        if (!boundAt.has(what)) boundAt.set(what, seen.at);
        const hosts = observer.boundOn(seen.vip);
        if (hosts.length > 1) twice.push(`${seen.vip}: ${hosts.join(' and ')}`);
      },
    });
    await observer.start();
    await session.quiet();
  });
  beforeEach(() => {
    twice = [];
    boundAt = new Map();
  });
  afterAll(async () => {
    observer.stop();
    await session.close();
    config.remove();
  });

  const ip = (netns: string, ...words: string[]): Promise<string> =>
    run([...(session.info.enter[netns] ?? []), 'ip', ...words]);
  const netnsOf = (host: string | null): string =>
    session.info.hosts.find(({ name }) => name === host)?.netns ?? '';
  /** Whom the client's kernel believes, for each of them. */
  const believed = async (): Promise<(string | null)[]> =>
    (await session.group()).vips.map(({ owner }) => owner);
  const have = (host: string): boolean => VIPS.every((vip) => observer.boundOn(vip).includes(host));
  const hostCidr = (vip: string): string => `${vip}/${isIpv6(vip) ? 128 : 32}`;

  it.each(FAULTS)('a holder that %s is followed by one host, and by its clients', async (_, kind) => {
    const before = await session.group();
    const expected = bestStandbyHost(before) ?? '';
    const { moves, reports } = await session.observe(async (watch) => {
      boundAt.clear();
      await session.fault({ kind, target: before.holderHost ?? '' });
      await session.until('the best standby serves', () => watch.owner() === expected);
      await session.until('the client believes it', async () =>
        (await believed()).every((one) => one === expected),
      );
      await session.heal();
      await session.quiet();
    });
    expect({ moves, twice, complaints }).toEqual({ moves: 1, twice: [], complaints: [] });
    for (const { vip, owners } of reports) {
      const served = owners.find(({ host }) => host === expected);
      const followed = (served?.firstEpochMs ?? Infinity) - (boundAt.get(`${expected} ${vip}`) ?? 0);
      expect(followed).toBeLessThan(FOLLOWS_MS_MAX);
    }
  });

  it('what a foreign hand takes away is bound again, and announced anew', async () => {
    const { holderHost } = await session.group();
    const stranger = session.info.hosts.find(({ name }) => name === 'host4');
    const [link] = JSON.parse(await ip(stranger?.netns ?? '', '-j', 'link', 'show', 'dev', 'lan0')) as {
      address: string;
    }[];
    const { moves } = await session.observe(async () => {
      // Somebody else has spoken for the address meanwhile: only a new announcement makes that good at once.
      for (const vip of VIPS) {
        await ip(netnsOf(holderHost), 'addr', 'del', hostCidr(vip), 'dev', 'lan0');
        const entry = ['neigh', 'replace', vip, 'lladdr', link?.address ?? '', 'dev', 'lan0', 'nud', 'stale'];
        await ip(session.info.client.netns, ...entry);
      }
      await session.until('the holder has them again', () => have(holderHost ?? ''));
      await session.until(
        'the client believes the holder',
        async () => (await believed()).every((one) => one === holderHost),
        3000,
      );
    });
    expect({ moves, twice, complaints }).toEqual({ moves: 0, twice: [], complaints: [] });
  });

  it('a stranger that has the address is warned of, and keeps nobody from serving', async () => {
    const before = await session.group();
    const stranger = session.info.hosts.find(({ name }) => name === 'host4');
    const from = await session.mark();
    for (const vip of VIPS)
      await ip(
        stranger?.netns ?? '',
        'addr',
        'add',
        hostCidr(vip),
        'dev',
        'lan0',
        ...(isIpv6(vip) ? ['nodad'] : []),
      );
    await session.fault({ kind: 'stop', target: before.holderHost ?? '' });
    const warned = async (): Promise<unknown[]> =>
      (await session.journal(from))
        .filter(({ kind, message }) => kind === 'agent' && String(message).startsWith('another host answers'))
        .map(({ fields }) => (fields as { readonly vip?: unknown }).vip);
    await session.until('the successor tells of each', async () => {
      const vips = await warned();
      return VIPS.every((vip) => vips.includes(vip));
    });
    await session.until('the successor has them all the same', () => have(bestStandbyHost(before) ?? ''));
  });
});
