/** A connection whose bytes arrive late, in both directions: the lab's `delay` on kernels that have no netem. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** Bytes on their way in one direction before the sender is held back. */
const LINE_BYTES_MAX = 1024 * 1024;

interface Parcel {
  dueMs: number;
  bytes: number;
  deliver: () => void;
}

/** A pipe of fixed order: what enters leaves `delayMs` later and never overtakes what entered before. */
class DelayLine {
  readonly #delayMs: () => number;
  readonly #parcels: Parcel[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void) | undefined;

  constructor(delayMs: () => number) {
    this.#delayMs = delayMs;
  }

  /** Sends `deliver` through; `accepted` runs once the line has room for more. */
  send(bytes: number, deliver: () => void, accepted?: () => void): void {
    const delayMs = this.#delayMs();
    if (delayMs <= 0 && this.#parcels.length === 0) {
      deliver();
      accepted?.();
      return;
    }
    const lastDueMs = this.#parcels.at(-1)?.dueMs ?? 0;
    this.#parcels.push({ dueMs: Math.max(lastDueMs, performance.now() + delayMs), bytes, deliver });
    this.#bytes += bytes;
    this.#arm();
    if (this.#bytes <= LINE_BYTES_MAX) accepted?.();
    else this.#waiting = accepted;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#parcels.length = 0;
    this.#waiting = undefined;
  }

  #arm(): void {
    const first = this.#parcels[0];
    if (first === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#deliverDue();
      },
      Math.max(0, first.dueMs - performance.now()),
    );
  }

  #deliverDue(): void {
    const nowMs = performance.now();
    for (
      let first = this.#parcels[0];
      first !== undefined && first.dueMs <= nowMs;
      first = this.#parcels[0]
    ) {
      this.#parcels.shift();
      this.#bytes -= first.bytes;
      first.deliver();
    }
    if (this.#bytes <= LINE_BYTES_MAX) {
      const accepted = this.#waiting;
      this.#waiting = undefined;
      accepted?.();
    }
    this.#arm();
  }
}

/**
 * Stands in for a socket and passes its bytes on after `delayMs()`, asked again for every chunk so that a delay can
 * begin and end on a connection that is already open. At 0 it passes bytes straight through.
 */
export class DelayedSocket extends Duplex {
  readonly #socket: Socket;
  readonly #inbound: DelayLine;
  readonly #outbound: DelayLine;
  #readerHasRoom = true;

  constructor(socket: Socket, delayMs: () => number) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#inbound = new DelayLine(delayMs);
    this.#outbound = new DelayLine(delayMs);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      socket.pause();
      this.#inbound.send(
        chunk.length,
        () => {
          // A reader that is full asks again through _read, which resumes the socket.
          this.#readerHasRoom = this.push(chunk);
        },
        () => {
          if (this.#readerHasRoom) socket.resume();
        },
      );
    });
    socket.on('end', () => this.#inbound.send(0, () => this.push(null)));
    socket.on('error', (error) => this.destroy(error));
    socket.on('close', () => this.#inbound.send(0, () => this.destroy()));
  }

  override _read(): void {
    this.#readerHasRoom = true;
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#outbound.send(
      chunk.length,
      () => {
        if (!this.#socket.destroyed) this.#socket.write(chunk);
      },
      () => done(),
    );
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#outbound.send(0, () => this.#socket.end());
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inbound.clear();
    this.#outbound.clear();
    this.#socket.destroy();
    done(error);
  }
}
