/** A neighbour on a string: speaks BFD as the test wants, notices nothing by itself, and counts what it hears. */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type ControlPacket, decodePacket, encodePacket } from '../../../core/bfd/packet.ts';
import { MULTIHOP_PORT } from '../../../core/bfd/transport.ts';

/** An address of this machine that no other test uses: a port may be taken, a whole address hardly. */
export const freshAddress = (): string => {
  const part = (): number => 2 + Math.floor(Math.random() * 250);
  return `127.${part()}.${part()}.${part()}`;
};

export class Puppet {
  readonly address = freshAddress();
  /** What its packets say; their discriminators follow what it has heard. */
  readonly #says: Partial<ControlPacket>;
  readonly heard: { readonly packet: ControlPacket; readonly port: number }[] = [];
  #socket: Socket | undefined;
  #peer = '';
  #timer: NodeJS.Timeout | undefined;
  #isMute = false;

  constructor(says: Partial<ControlPacket> = {}) {
    this.#says = says;
  }

  async open(peer: string): Promise<void> {
    this.#peer = peer;
    const socket = createSocket({ type: 'udp4', lookup: (host, _, done) => done(null, host, 4) });
    const listening = once(socket, 'listening');
    socket.bind({ address: this.address, port: MULTIHOP_PORT });
    await listening;
    socket.on('message', (bytes, { port }) => this.#hear(bytes, port));
    this.#socket = socket;
  }

  get last(): ControlPacket | undefined {
    return this.heard.at(-1)?.packet;
  }

  #hear(bytes: Uint8Array, port: number): void {
    const { packet } = decodePacket(bytes);
    if (packet === undefined) throw new Error('the agent sent something that is no packet');
    this.heard.push({ packet, port });
    // As far as the handshake: whoever is down is told that it was heard.
    if (this.#isMute) return;
    if (packet.state === 'down') this.say({ state: 'init' });
    if (packet.poll) this.say({ state: 'up', final: true });
  }

  say(over: Partial<ControlPacket> = {}): void {
    const packet: ControlPacket = {
      diag: 'none',
      state: 'up',
      poll: false,
      final: false,
      demand: false,
      multiplier: 3,
      myDiscriminator: 4711,
      yourDiscriminator: this.last?.myDiscriminator ?? 0,
      desiredMinTxUs: 50_000,
      requiredMinRxUs: 50_000,
      ...this.#says,
      ...over,
    };
    this.#socket?.send(encodePacket(packet), MULTIHOP_PORT, this.#peer);
  }

  /** Bytes as they are. */
  throw(bytes: Uint8Array): void {
    this.#socket?.send(bytes, MULTIHOP_PORT, this.#peer);
  }

  sayEvery(ms: number): void {
    this.#timer = setInterval(() => this.say(), ms);
  }

  mute(): void {
    this.#isMute = true;
    clearInterval(this.#timer);
  }

  close(): void {
    this.mute();
    this.#socket?.close();
  }
}
