/**
 * Tells the neighbours on a switch where the VIPs are, by gratuitous ARP or unsolicited neighbour advertisement, for as long as they
 * are bound under a lease. When what is due `core/holder/announce.ts` says; here is the clock, the kernel and the socket.
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { type Announcing, announce, held, SILENT } from '../../core/holder/announce.ts';
import type { BootMs } from '../../core/time.ts';
import type { Announcement } from '../../core/wire/announce.ts';
import { AgentError, messageOf } from '../errors.ts';
import { locate } from '../host/addresses.ts';
import { bootNow } from '../host/boot-clock.ts';
import type { LocalAddress } from '../host/shown-addresses.ts';
import type { LoopLog } from '../loop/ports.ts';
import { parseMac } from './mac.ts';
import { openPacketSocket, type PacketSocket } from './packet-socket.ts';
import { type Words, wordsOf } from './words.ts';

/** Another host that has the address answers within this, unless it is busier than a host should be. */
const ANSWER_MS = 300;
const POLL_MS = 20;

/** Keeps nobody from ending. */
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

/** What an {@link Announcer} needs of the host; replaced in tests. */
export interface AnnouncerDeps {
  readonly now: () => BootMs;
  readonly locate: () => LocalAddress[];
  /** The hardware address of an interface that has one. */
  readonly macOf: (device: string) => string | undefined;
  /** The host forwards IPv6 on that interface. */
  readonly isRouter: (device: string) => boolean;
  readonly open: () => Promise<PacketSocket>;
}

const macOf = (device: string): string | undefined => {
  const faces = networkInterfaces();
  return faces[device]?.flatMap(({ mac }) => parseMac(mac) ?? []).at(0);
};

/** @returns false where the kernel has no IPv6 */
const isRouter = (device: string): boolean => {
  try {
    return readFileSync(`/proc/sys/net/ipv6/conf/${device}/forwarding`, 'utf8').trim() === '1';
  } catch {
    return false;
  }
};

export const HOST_ANNOUNCER: AnnouncerDeps = {
  now: bootNow,
  locate,
  macOf,
  isRouter,
  open: openPacketSocket,
};

interface Voice {
  readonly how: Announcement;
  state: Announcing;
  timer?: NodeJS.Timeout;
}

export class Announcer {
  readonly #voices: ReadonlyMap<string, Voice>;
  readonly #deps: AnnouncerDeps;
  readonly #log: LoopLog;
  readonly #asking = new Set<string>();
  #socket: PacketSocket | undefined;
  #trouble = '';

  private constructor(announced: ReadonlyMap<string, Announcement>, log: LoopLog, deps: AnnouncerDeps) {
    this.#voices = new Map([...announced].map(([vip, how]) => [vip, { how, state: SILENT }]));
    this.#log = log;
    this.#deps = deps;
  }

  /** Never rejects: a host that may not announce still serves those who ask anew. It says so. */
  static async open(
    announced: ReadonlyMap<string, Announcement>,
    log: LoopLog,
    deps: AnnouncerDeps = HOST_ANNOUNCER,
  ): Promise<Announcer> {
    const announcer = new Announcer(announced, log, deps);
    if (announced.size > 0) await announcer.#openSocket();
    return announcer;
  }

  /** Addresses that are announced at all. */
  isAnnounced(vip: string): boolean {
    return this.#voices.has(vip);
  }

  /** They are bound under a lease that lasts until then. @param added of them, those that the kernel did not have before */
  held(vips: readonly string[], until: BootMs, added: readonly string[]): void {
    for (const vip of vips) {
      const voice = this.#voices.get(vip);
      if (voice !== undefined) voice.state = held(voice.state, until, added.includes(vip));
    }
    this.look();
  }

  /** Compares with what the kernel has: what has come back is announced anew, and nothing that has gone. */
  look(): void {
    for (const [vip, voice] of this.#voices) if (voice.state.until !== undefined) this.#turn(vip, voice);
  }

  /** Says nothing more of them, before they are unbound. */
  quiet(vips: readonly string[]): void {
    for (const vip of vips) {
      const voice = this.#voices.get(vip);
      if (voice === undefined) continue;
      clearTimeout(voice.timer);
      voice.state = SILENT;
    }
  }

  /**
   * Asks whether another host has the address, and warns of one that says so. Sent at once, and waited for by nobody: whoever
   * holds the lease has the right to the address, whatever a stranger says.
   */
  ask(vip: string, device: string): void {
    const mac = this.#deps.macOf(device);
    if (this.#socket === undefined || mac === undefined || this.#asking.has(vip)) return;
    this.#asking.add(vip);
    void this.#ask(vip, device, mac, this.#socket)
      .catch((cause: unknown) => this.#fails(cause))
      .finally(() => this.#asking.delete(vip));
  }

  #turn(vip: string, voice: Voice): void {
    clearTimeout(voice.timer);
    const place = this.#deps.locate().find(({ address }) => address === vip);
    const sight = { now: this.#deps.now(), isBound: place !== undefined };
    const isFirst = voice.state.announced !== true;
    const { state, count, wakeAt } = announce(voice.state, sight, voice.how);
    voice.state = state;
    if (wakeAt !== undefined) {
      voice.timer = setTimeout(() => this.#turn(vip, voice), wakeAt - sight.now);
      voice.timer.unref();
    }
    if (place !== undefined && count > 0) this.#send(vip, place.interface, count, isFirst ? 'info' : 'debug');
  }

  #send(vip: string, device: string, count: number, level: 'debug' | 'info'): void {
    const mac = this.#deps.macOf(device);
    if (this.#socket === undefined || mac === undefined) return;
    try {
      const { name, protocol, announcement } = this.#wordsOf(vip, device);
      const frame = announcement(mac);
      for (let sent = 0; sent < count; sent += 1) this.#socket.send(device, protocol, frame);
      this.#trouble = '';
      this.#log[level]({ vip, interface: device, count }, `announced by ${name}`);
    } catch (cause) {
      this.#fails(cause);
    }
  }

  #wordsOf(vip: string, device: string): Words {
    return wordsOf(vip, this.#deps.isRouter(device));
  }

  async #ask(vip: string, device: string, mac: string, socket: PacketSocket): Promise<void> {
    const { protocol, question, claimed } = this.#wordsOf(vip, device);
    const ear = socket.listen(device, protocol);
    try {
      socket.send(device, protocol, question(mac));
      for (let waitedMs = 0; waitedMs < ANSWER_MS; waitedMs += POLL_MS) {
        await pause(POLL_MS);
        const other = ear
          .take()
          .flatMap((packet) => claimed(packet) ?? [])
          .find((one) => one !== mac);
        if (other === undefined) continue;
        this.#log.warn(
          {
            vip,
            interface: device,
            mac: other,
            remedy:
              'see who has that hardware address: it must not have the VIP, or some clients reach it instead of this host',
          },
          'another host answers for the VIP that this one is taking over',
        );
        return;
      }
    } finally {
      ear.close();
    }
  }

  async #openSocket(): Promise<void> {
    try {
      this.#socket = await this.#deps.open();
    } catch (cause) {
      this.#fails(cause);
    }
  }

  /** Once for each kind of trouble, not at every announcement. */
  #fails(cause: unknown): void {
    const error = messageOf(cause);
    if (error === this.#trouble) return;
    this.#trouble = error;
    const remedy = cause instanceof AgentError ? { remedy: cause.remedy } : {};
    this.#log.error(
      { error, ...remedy },
      'the VIPs cannot be announced: neighbours that know them go on sending to the former holder until their entry has aged',
    );
  }
}
