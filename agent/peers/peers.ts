/** The sessions of this host with the other members: BFD (RFC 5880) over UDP, each packet and timer by core/bfd. */
import { randomInt } from 'node:crypto';
import type { RemoteInfo, Socket } from 'node:dgram';
import { type ControlPacket, decodePacket, encodePacket, type SessionState } from '../../core/bfd/packet.ts';
import { initialSession, stepSession, wakeAt } from '../../core/bfd/session.ts';
import { MULTIHOP_PORT } from '../../core/bfd/transport.ts';
import type { Session, SessionEffect, SessionInput, SessionProfile } from '../../core/bfd/types.ts';
import { type BootMs, since } from '../../core/time.ts';
import { messageOf } from '../errors.ts';
import { openFineClock } from './clock.ts';
import { drain } from './drain.ts';
import { openReceiver, openSender, type Sender } from './sockets.ts';
import type { Peer, PeerSession, PeersOptions } from './types.ts';

const DISCRIMINATOR_MAX = 2 ** 32 - 1;
/** A timer that comes later than this by its own process's doing: the process stood still. Less is how timers are. */
const STALL_MS_MIN = 10;

interface Link {
  peer: Peer;
  profile: SessionProfile;
  readonly sender: Sender;
  session: Session;
  loss: number;
  lostAt?: BootMs | undefined;
  silent: boolean;
  calledBy: number;
  calls: number;
  /** No peer any more: closed when it has been told. */
  isLeaving?: boolean;
  /** What the kernel refused last, so that it is told once. */
  refused?: string;
}

const isSame = (a: Peer, b: Peer): boolean => a.node === b.node && a.address === b.address;

const laterOf = (a: BootMs, b: BootMs): BootMs => (a > b ? a : b);

const viewOf = ({ peer, session, loss, lostAt, silent, calledBy, calls }: Link): PeerSession => ({
  node: peer.node,
  state: session.state,
  since: session.since,
  diag: session.diag,
  remoteState: session.remote.state,
  loss,
  lostAt,
  silent,
  calledBy,
  calls,
});

/**
 * All sessions of this host.
 *
 * @example const peers = new Peers({ address: '10.0.0.11', log });
 *   await peers.start([{ node: 'i-0b', address: '10.0.0.12', intervalMs: durationMs(50), multiplier: 3 }]);
 */
export class Peers {
  readonly #options: PeersOptions;
  readonly #now: () => BootMs;
  readonly #random: () => number;
  readonly #port: number;
  #links: Link[] = [];
  #receiver: Socket | undefined;
  /** Datagrams read so far, whatever was in them. */
  #read = 0;
  #draining = false;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer is due. */
  #dueAt: BootMs | undefined;
  /** When this process was last seen running. */
  #awakeAt: BootMs;
  /** Losses of peers since the start. */
  #losses = 0;
  #updated: Promise<void> = Promise.resolve();
  #stop: Promise<void> | undefined;
  #ended: (() => void) | undefined;

  constructor(options: PeersOptions) {
    this.#options = options;
    this.#now = options.now ?? openFineClock();
    this.#random = options.random ?? Math.random;
    this.#port = options.port ?? MULTIHOP_PORT;
    this.#awakeAt = this.#now();
  }

  /**
   * Opens the sockets and begins a session with each peer. Called once.
   * @throws HostError `peer-port`, `peer-source-port`
   */
  async start(peers: readonly Peer[]): Promise<void> {
    const { address, log } = this.#options;
    const onError = (cause: Error): void =>
      log.warn({ error: messageOf(cause) }, 'a socket for peers failed');
    this.#receiver = await openReceiver(
      address,
      this.#port,
      (bytes, from) => this.#onDatagram(bytes, from),
      onError,
    );
    try {
      await this.update(peers);
    } catch (cause) {
      this.#close();
      throw cause;
    }
  }

  /**
   * From now on these are the peers: sessions with those that stay go on, at another pace if that has changed; sessions
   * with those that go end in order.
   * @throws HostError `peer-source-port`; the peers before the one that failed are there
   */
  update(peers: readonly Peer[]): Promise<void> {
    const updated = this.#updated.then(() => this.#change(peers));
    this.#updated = updated.catch(() => undefined);
    return updated;
  }

  async #change(peers: readonly Peer[]): Promise<void> {
    if (this.#receiver === undefined || this.#stop !== undefined) return;
    for (const link of this.#links) {
      const next = peers.find((peer) => isSame(peer, link.peer));
      if (next === undefined) this.#leave(link);
      else this.#pace(link, next);
    }
    for (const peer of peers) {
      if (!this.#links.some((link) => isSame(peer, link.peer) && link.isLeaving !== true))
        await this.#join(peer);
    }
    this.#wake();
  }

  #leave(link: Link): void {
    if (link.isLeaving === true) return;
    link.isLeaving = true;
    this.#input(link, { kind: 'stop' }, this.#awake());
  }

  /** The next packet goes out when it was due and says the new pace, which a poll has the neighbour confirm. */
  #pace(link: Link, peer: Peer): void {
    const { intervalMs, multiplier } = peer;
    link.peer = peer;
    if (link.profile.intervalMs === intervalMs && link.profile.multiplier === multiplier) return;
    link.profile = { ...link.profile, intervalMs, multiplier };
    if (link.session.state === 'up') link.session = { ...link.session, polling: true };
  }

  async #join(peer: Peer): Promise<void> {
    const { node, address, intervalMs, multiplier } = peer;
    // One of the same name that is still leaving, or was elsewhere, is not waited for.
    for (const link of this.#links) if (link.peer.node === node) this.#drop(link);
    const to = { address, port: this.#port };
    const onError = (cause: Error): void => this.#onRefused(node, cause);
    const sender = await openSender(this.#options.address, to, onError, this.#random);
    if (this.#stop !== undefined) {
      sender.close();
      return;
    }
    // Unique here, and new with each start: a packet for a former run means no session of this one.
    const discriminator = this.#options.discriminator?.(node) ?? this.#freshDiscriminator();
    const profile = { discriminator, intervalMs, multiplier };
    const session = initialSession(this.#now());
    this.#links.push({ peer, profile, sender, session, loss: 0, silent: false, calledBy: 0, calls: 0 });
  }

  #drop(link: Link): void {
    link.sender.close();
    this.#links = this.#links.filter((one) => one !== link);
  }

  /** Where each session stands; those that are ending apart. */
  sessions(): PeerSession[] {
    return this.#links.filter(({ isLeaving }) => isLeaving !== true).map(viewOf);
  }

  /** Calls these peers, as far as sessions with them are up: they ask the arbiter at once. */
  call(nodes: ReadonlySet<string>): void {
    const now = this.#awake();
    for (const link of this.#links) if (nodes.has(link.peer.node)) this.#input(link, { kind: 'call' }, now);
    this.#arm(now);
  }

  /**
   * Ends every session in order, so that no neighbour takes this host for dead: told until it has understood, or would
   * have missed this host. Resolves when the sockets are closed. Repeatable.
   */
  stop(): Promise<void> {
    this.#stop ??= new Promise((resolve) => {
      this.#ended = resolve;
      const now = this.#awake();
      for (const link of this.#links) this.#input(link, { kind: 'stop' }, now);
      this.#arm(now);
      this.#endWhenStopped();
    });
    return this.#stop;
  }

  #freshDiscriminator(): number {
    const taken = new Set(this.#links.map(({ profile }) => profile.discriminator));
    for (;;) {
      const one = randomInt(1, DISCRIMINATOR_MAX);
      if (!taken.has(one)) return one;
    }
  }

  #onDatagram(bytes: Uint8Array, from: RemoteInfo): void {
    this.#read += 1;
    const { packet, refusal } = decodePacket(bytes);
    if (packet === undefined) {
      this.#options.log.debug({ from: from.address, refusal }, 'not a packet of a peer');
      return;
    }
    const link = this.#linkOf(packet, from);
    if (link === undefined) return;
    // Whoever speaks lives, and had better be asked than suspected.
    link.silent = false;
    const now = this.#awake();
    this.#input(link, { kind: 'packet', packet }, now);
    this.#arm(now);
  }

  /** By the discriminator that it names, else by its address; and always from the address of that very peer. */
  #linkOf({ yourDiscriminator }: ControlPacket, { address }: RemoteInfo): Link | undefined {
    return this.#links.find(
      ({ peer, profile }) =>
        peer.address === address && (yourDiscriminator === 0 || yourDiscriminator === profile.discriminator),
    );
  }

  #onRefused(node: string, cause: Error): void {
    const link = this.#links.find(({ peer }) => peer.node === node);
    const message = messageOf(cause);
    // Twenty lines a second would say no more.
    if (link === undefined || link.refused === message) return;
    link.refused = message;
    this.#options.log.warn({ peer: node, error: message }, 'nothing can be sent to a peer');
  }

  #input(link: Link, input: SessionInput, now: BootMs): void {
    const ctx = { now, profile: link.profile, jitter: this.#random() };
    const { session, effects } = stepSession(link.session, input, ctx);
    link.session = session;
    for (const effect of effects) this.#perform(link, effect);
  }

  /**
   * Every entry from the loop begins here: was this process away? Then no neighbour was silent in that time.
   * @returns now, which the whole entry goes by
   */
  #awake(): BootMs {
    const now = this.#now();
    const from = this.#dueAt === undefined ? now : laterOf(this.#dueAt, this.#awakeAt);
    const awayMs = since(from, now);
    this.#awakeAt = now;
    if (awayMs >= STALL_MS_MIN) {
      for (const link of this.#links) this.#input(link, { kind: 'stalled', forMs: awayMs }, now);
    }
    return now;
  }

  #perform(link: Link, effect: SessionEffect): void {
    switch (effect.kind) {
      case 'send':
        link.sender.send(encodePacket(effect.packet));
        return;
      case 'drain':
        void this.#drain();
        return;
      case 'changed':
        this.#onChanged(link, effect.from);
        return;
      case 'called':
        link.calls += 1;
        this.#options.onCalled?.();
        return;
      case 'stopped':
        if (link.isLeaving === true) this.#drop(link);
        this.#endWhenStopped();
    }
  }

  #count(link: Link, from: SessionState): void {
    const { state, remote, diag, excused } = link.session;
    if (state === 'up') {
      delete link.refused;
      link.lostAt = undefined;
      link.calledBy = remote.discriminator;
    } else if (from === 'up' && state === 'down' && remote.state !== 'admin-down') {
      this.#losses += 1;
      link.loss = this.#losses;
      link.lostAt = this.#awakeAt;
      link.silent = diag === 'detection-time-expired' && excused !== true;
    }
  }

  #onChanged(link: Link, from: SessionState): void {
    this.#count(link, from);
    const view = viewOf(link);
    const { node, state, diag, remoteState } = view;
    this.#options.log.info({ peer: node, from, to: state, diag, remoteState }, `peer ${node} is ${state}`);
    this.#options.onChange?.(view);
  }

  /** Whoever is silent is so only when all that had come was read. */
  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    await drain(() => this.#read);
    this.#draining = false;
    const now = this.#awake();
    for (const link of this.#links) this.#input(link, { kind: 'tick', drained: true }, now);
    this.#arm(now);
  }

  #arm(now: BootMs): void {
    clearTimeout(this.#timer);
    // While all is being read, silence is decided at its end, and no sooner.
    if (this.#draining) return;
    const due = this.#links.map(({ session }) => wakeAt(session)).filter((at) => at !== undefined);
    this.#dueAt = due.length === 0 ? undefined : due.reduce((least, at) => (at < least ? at : least));
    if (this.#dueAt === undefined) return;
    this.#timer = setTimeout(() => this.#wake(), Math.ceil(since(now, this.#dueAt)));
  }

  #wake(): void {
    const now = this.#awake();
    for (const link of this.#links) this.#input(link, { kind: 'tick', drained: false }, now);
    this.#arm(now);
  }

  #endWhenStopped(): void {
    const isOver = this.#links.every(({ session }) => session.stopped);
    if (this.#ended === undefined || !isOver) return;
    this.#close();
    this.#ended();
  }

  #close(): void {
    clearTimeout(this.#timer);
    for (const { sender } of this.#links) sender.close();
    this.#receiver?.close();
    this.#receiver = undefined;
    this.#links = [];
  }
}
