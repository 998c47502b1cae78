/**
 * What the kernel really does with addresses and set elements that expire, tried in a network namespace of its own.
 * A program: `kernel-trials.ts TRIAL`; prints one JSON document. Run by `expiry.test.ts`.
 *
 * Times are lower bounds of the kernel's lateness: what was still there is noted with the instant **before** the look
 * or the sending. A busy machine can make a trial miss a late address, but never call a punctual one late.
 */
import { execFileSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { HostError } from '../../../agent/errors.ts';
import { listLocal } from '../../../agent/host/addresses.ts';
import { bootNow } from '../../../agent/host/boot-clock.ts';
import { bindLeased } from '../../../agent/host/leased-addresses.ts';
import { Vips } from '../../../agent/host/vips.ts';
import type { GroupProfile } from '../../../core/holder/types.ts';
import { KERNEL_EXPIRY, type KernelExpiry } from '../../../core/lease.ts';
import { after, durationMs } from '../../../core/time.ts';

const [VIP, SECOND, THIRD] = ['10.201.0.1', '10.201.0.2', '10.201.0.3'] as const;
const PORT = 7000;
const TRIES_MAX = 5;
const OTHER = '2001:db8:0:1::c9';
const DEVICE = 'lo';

const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
const nft = (...args: string[]): string => execFileSync('nft', args, { encoding: 'utf8' });

const profileOf = (kernelExpiry: KernelExpiry, ...vips: string[]): GroupProfile => ({
  name: 'mysql',
  vips,
  configHash: '',
  heartbeatMs: durationMs(1000),
  leaseMs: durationMs(5000),
  preemptDelayMs: durationMs(0),
  kernelExpiry,
});
const warnings: string[] = [];
const quiet = (): void => undefined;
const warn = (_: object, message: string): void => void warnings.push(message);
const log = { debug: quiet, info: quiet, error: quiet, warn };
const openVips = (profile: GroupProfile): Promise<Vips> =>
  Vips.open({ profiles: [profile], device: DEVICE, log });

/** When an address was last seen; the look is a system call of 25 µs. */
const lastSeen = async (address: string): Promise<number> => {
  let seenAt = 0;
  for (;;) {
    const lookAt = performance.now();
    if (!listLocal().has(address)) return seenAt;
    seenAt = lookAt;
    await delay(1);
  }
};

/** Addresses of both protocols, bound and renewed at different times: lifetimes that are checked together end later. */
const address = async (): Promise<unknown> => {
  const { lateMs } = KERNEL_EXPIRY.address;
  const outcomes = [VIP, SECOND, THIRD, OTHER].map(async (vip, index) => {
    await delay(index * 330);
    await bindLeased({ addresses: [vip], interface: DEVICE, until: after(bootNow(), 2500 + lateMs) });
    await delay(700);
    const until = after(bootNow(), 1000 + lateMs + 500);
    await bindLeased({ addresses: [vip], interface: DEVICE, until });
    const takenBy = performance.now();
    const untilHere = takenBy + (until - bootNow());
    const seenAt = await lastSeen(vip);
    return { lateMs: seenAt - takenBy - 1000, overdueMs: seenAt - untilHere };
  });
  return Promise.all(outcomes);
};

/** Datagrams to an address, one each millisecond, and the instants of those that arrived. */
const stream = async (to: string): Promise<{ sent: number; arrived: number[]; stop: () => void }> => {
  const target = createSocket('udp4');
  target.bind(PORT, to);
  await once(target, 'listening');
  const source = createSocket('udp4');
  const found = { sent: 0, arrived: [] as number[], stop: () => clearInterval(timer) };
  target.on('message', (text) => found.arrived.push(Number(text.toString())));
  const timer = setInterval(() => {
    found.sent += 1;
    source.send(String(performance.now()), PORT, to);
  }, 1);
  return found;
};

/** Sends from an address; resolves with the error's code, or `sent`. */
const sendFrom = async (from: string): Promise<string> => {
  const isOther = from.includes(':');
  const socket: Socket = createSocket(isOther ? 'udp6' : 'udp4');
  socket.bind(0, from);
  await once(socket, 'listening');
  const error = await new Promise<Error | null>((resolve) => {
    socket.send('x', PORT + 1, isOther ? '::1' : '127.0.0.1', resolve);
  });
  socket.close();
  return error === null ? 'sent' : String((error as NodeJS.ErrnoException).code);
};

/** Binds, again when this machine was too busy for `nft` to end in its time: such a try says nothing of the kernel. */
const bindInTime = async (vips: Vips, profile: GroupProfile, lifeMs: number) => {
  for (let tries = 1; ; tries += 1) {
    const askedAt = performance.now();
    const until = after(bootNow(), lifeMs);
    const untilHere = askedAt + (until - bootNow());
    try {
      await vips.bind(profile, [VIP], until);
      return { askedAt, untilHere, takenBy: performance.now() };
    } catch (cause) {
      const busy = cause instanceof HostError && (cause.code === 'nft-timeout' || cause.code === 'too-late');
      if (!busy || tries === TRIES_MAX) throw cause;
    }
  }
};

/** Elements that end, again and again: how late is the last packet that passes? */
const element = async (): Promise<unknown> => {
  const profile = profileOf('nft', VIP);
  const vips = await openVips(profile);
  await bindInTime(vips, profile, 2000);
  const found = await stream(VIP);
  const outcomes: { lateMs: number; lateMsMax: number; overdueMs: number; sendFrom: string }[] = [];
  for (let round = 0; round < 4; round += 1) {
    const { askedAt, untilHere, takenBy } = await bindInTime(vips, profile, 700 + round * 37);
    // From the shown life, not from what was asked for: that one is shortened to leave `nft` its time.
    const [, lifeMs = '0'] = / timeout (\d+)ms/.exec(nft('list', 'set', 'inet', 'keepaloft', 'alive')) ?? [];
    await delay(untilHere - performance.now() + 100);
    const last = Math.max(...found.arrived);
    outcomes.push({
      lateMs: last - takenBy - Number(lifeMs),
      // Counts the start of `nft` as lateness, so this one is an upper bound.
      lateMsMax: last - askedAt - Number(lifeMs),
      overdueMs: last - untilHere,
      sendFrom: await sendFrom(VIP),
    });
  }
  found.stop();
  return { outcomes, spent: vips.spent(profile), bound: vips.bound(profile) };
};

/** Renewals under a stream of packets: none may be lost. */
const renewal = async (expiry: KernelExpiry): Promise<unknown> => {
  const profile = profileOf(expiry, VIP);
  const vips = await openVips(profile);
  await vips.bind(profile, [VIP], after(bootNow(), 5000));
  const found = await stream(VIP);
  for (let round = 0; round < 25; round += 1) {
    await vips.bind(profile, [VIP], after(bootNow(), 5000));
    await delay(10);
  }
  found.stop();
  await delay(100);
  return { sent: found.sent, arrived: found.arrived.length };
};

/** Somebody else binds the address for ever, here and elsewhere; then everything is taken away. */
const meddling = async (): Promise<unknown> => {
  const profile = profileOf('address', VIP);
  const vips = await openVips(profile);
  const until = (): ReturnType<typeof bootNow> => after(bootNow(), 5000);
  await vips.bind(profile, [VIP], until());
  ip('addr', 'replace', `${VIP}/32`, 'dev', DEVICE);
  ip('addr', 'add', `${VIP}/24`, 'dev', DEVICE);
  await vips.bind(profile, [VIP], until());
  await vips.bind(profile, [VIP], until());
  const shown = ip('-4', '-o', 'addr', 'show', 'to', VIP).trim();
  const leftovers = await vips.leftovers(profile);
  const left = await vips.unbind(profile, [VIP]);
  return { shown, leftovers, left, warnings };
};

/** A run that dies and one that follows, behind the guard; then the ruleset is emptied, and all is taken away. */
const inheritance = async (): Promise<unknown> => {
  const profile = profileOf('nft', VIP);
  const first = await openVips(profile);
  await first.bind(profile, [VIP], after(bootNow(), 1500));
  const second = await openVips(profile);
  const leftovers = await second.leftovers(profile);
  await second.bind(profile, [VIP], after(bootNow(), 5000));
  nft('flush', 'ruleset');
  await second.bind(profile, [VIP], after(bootNow(), 5000));
  const guarded = nft('list', 'table', 'inet', 'keepaloft').includes(VIP);
  const left = await second.unbind(profile, [VIP]);
  return { leftovers, guarded, left, local: listLocal().has(VIP), ruleset: nft('list', 'ruleset') };
};

/** The guard over an IPv6 address: what is sent from it while its element lives, and after that. */
const guarded6 = async (): Promise<unknown> => {
  const profile = profileOf('nft', OTHER);
  const vips = await openVips(profile);
  await vips.bind(profile, [OTHER], after(bootNow(), 5000));
  const alive = await sendFrom(OTHER);
  await vips.bind(profile, [OTHER], after(bootNow(), 600));
  await delay(700);
  const spent = await sendFrom(OTHER);
  const inherited = await openVips(profile);
  const isSpent = inherited.spent(profile);
  const left = await inherited.unbind(profile, [OTHER]);
  return { alive, spent, isSpent, left, ruleset: nft('list', 'ruleset') };
};

const TRIALS: Readonly<Record<string, () => Promise<unknown>>> = {
  address,
  element,
  'renewal-address': () => renewal('address'),
  'renewal-nft': () => renewal('nft'),
  meddling,
  inheritance,
  guarded6,
};

ip('link', 'set', 'dev', DEVICE, 'up');
const outcome = await TRIALS[process.argv[2] ?? '']?.();
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
