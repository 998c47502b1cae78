/** Two BFD sessions and the link between them, in virtual time: packets may be lost, delayed, cut off in one direction. */
import {
  type ControlPacket,
  decodePacket,
  encodePacket,
  type SessionState,
} from '../../../core/bfd/packet.ts';
import { initialSession, stepSession, wakeAt } from '../../../core/bfd/session.ts';
import type { Session, SessionInput, SessionProfile } from '../../../core/bfd/types.ts';
import { type BootMs, bootMs } from '../../../core/time.ts';
import { deepFreeze } from '../freeze.ts';

export interface LinkOptions {
  readonly profiles: readonly [SessionProfile, SessionProfile];
  readonly delayMs: number;
  /** What a packet may take beyond `delayMs`. */
  readonly wobbleMs: number;
  /** 0 to 1. */
  readonly loss: number;
  readonly seed: number;
}

type Side = 0 | 1;

export interface Change {
  readonly at: number;
  readonly side: Side;
  readonly to: SessionState;
  readonly diag: string;
}

interface Flight {
  readonly at: BootMs;
  readonly to: Side;
  readonly bytes: Uint8Array;
}

/** A generator of its own: the same seed is the same link. */
const randomOf = (seed: number) => {
  let state = seed >>> 0;
  return (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

export class Link {
  now = bootMs(1000);
  readonly sessions: [Session, Session];
  readonly changes: Change[] = [];
  readonly sent: { readonly at: number; readonly side: Side; readonly packet: ControlPacket }[] = [];
  /** From which side nothing arrives any more. */
  readonly cut: [boolean, boolean] = [false, false];
  readonly #options: LinkOptions;
  readonly #random: () => number;
  #flights: Flight[] = [];

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#random = randomOf(options.seed);
    this.sessions = [initialSession(this.now), initialSession(this.now)];
  }

  get isUp(): boolean {
    return this.sessions.every(({ state }) => state === 'up');
  }

  input(side: Side, input: SessionInput): void {
    const ctx = { now: this.now, profile: this.#options.profiles[side], jitter: this.#random() };
    const { session, effects } = stepSession(this.sessions[side], input, ctx);
    this.sessions[side] = deepFreeze(session);
    for (const effect of effects) {
      if (effect.kind === 'changed') {
        this.changes.push({ at: this.now, side, to: effect.to, diag: session.diag });
      }
      if (effect.kind === 'send') this.#send(side, effect.packet);
    }
  }

  #send(side: Side, packet: ControlPacket): void {
    const { delayMs, wobbleMs, loss } = this.#options;
    this.sent.push({ at: this.now, side, packet });
    if (this.cut[side] || this.#random() < loss) return;
    const at = bootMs(this.now + delayMs + this.#random() * wobbleMs);
    this.#flights.push({ at, to: side === 0 ? 1 : 0, bytes: encodePacket(packet) });
  }

  /** Whatever happens next, if it happens by `end`. */
  #next(end: number): boolean {
    const flight = this.#flights.reduce<Flight | undefined>(
      (least, one) => (least === undefined || one.at < least.at ? one : least),
      undefined,
    );
    const wakes = ([0, 1] as const).map((side) => ({ side, at: wakeAt(this.sessions[side]) ?? Infinity }));
    const wake = wakes.reduce((least, one) => (one.at < least.at ? one : least));
    const at = Math.min(flight?.at ?? Infinity, wake.at);
    if (at > end) return false;
    this.now = bootMs(Math.max(this.now, at));
    if (flight !== undefined && flight.at <= wake.at) {
      this.#flights = this.#flights.filter((one) => one !== flight);
      const { packet } = decodePacket(flight.bytes);
      if (packet !== undefined) this.input(flight.to, { kind: 'packet', packet });
    } else {
      this.input(wake.side, { kind: 'tick', drained: true });
    }
    return true;
  }

  run(forMs: number): void {
    const end = bootMs(this.now + forMs);
    while (this.#next(end));
    this.now = end;
  }

  /** @returns whether it became so */
  runUntil(condition: () => boolean, forMsMax: number): boolean {
    const end = bootMs(this.now + forMsMax);
    while (!condition()) if (!this.#next(end)) return false;
    return true;
  }
}
