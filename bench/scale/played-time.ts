/**
 * Gives a process the time of a story. What the shipped handler reads (`Date`) and what it waits for (timers, abort
 * signals) then belongs to the story, and a call to the cloud takes as long as a call to the cloud takes. Its code is
 * not touched. To be called before the handler is imported.
 */
import { getEventListeners } from 'node:events';
import { ClientRequest } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import type { Cancel } from '../../lab/ends/clock.ts';
import type { StoryClock } from './story-clock.ts';

/** `Date.now()` and `new Date()` of this process show `nowMs`. */
export const playDate = (nowMs: () => number): void => {
  const RealDate = Date;
  const now = (): number => Math.floor(nowMs());
  const played: DateConstructor = new Proxy(RealDate, {
    construct: (target, words: unknown[], caller): Date =>
      Reflect.construct(
        target,
        words.length === 0 ? [now()] : words,
        caller === played ? target : caller,
      ) as Date,
    get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
  });
  Reflect.set(globalThis, 'Date', played);
};

/** What `setTimeout` hands out: only the handler's own timers, so nothing keeps a process alive. */
class StoryTimer {
  readonly cancel: Cancel;

  constructor(cancel: Cancel) {
    this.cancel = cancel;
  }

  ref = (): this => this;
  unref = (): this => this;
}

const playTimeouts = (clock: StoryClock): void => {
  const { clearTimeout: clearReal } = globalThis;
  const start = (run: (...words: unknown[]) => void, delayMs = 0, ...words: unknown[]): StoryTimer =>
    new StoryTimer(
      clock.after(delayMs, () => {
        clock.stir();
        run(...words);
      }),
    );
  const clear = (timer: StoryTimer | NodeJS.Timeout | undefined): void => {
    if (timer instanceof StoryTimer) timer.cancel();
    else clearReal(timer);
  };
  Reflect.set(globalThis, 'setTimeout', start);
  Reflect.set(globalThis, 'clearTimeout', clear);
};

/** `setTimeout` of node:timers/promises: whoever awaits it does nothing else, so the story may go on meanwhile. */
const playSleep = (clock: StoryClock): void => {
  const sleep = (delayMs = 0, value?: unknown, options: { signal?: AbortSignal } = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const cancel = clock.waitFor(delayMs, () => resolve(value));
      const onAbort = (): void => {
        cancel();
        reject(new DOMException('The operation was aborted', 'AbortError'));
      };
      if (options.signal?.aborted === true) onAbort();
      else options.signal?.addEventListener('abort', onAbort, { once: true });
    });
  Reflect.set(timersPromises, 'setTimeout', sleep);
  syncBuiltinESMExports();
};

const playAbortSignals = (clock: StoryClock): void => {
  const timeout = (delayMs: number): AbortSignal => {
    const controller = new AbortController();
    clock.after(delayMs, () => {
      // Most signals outlive the work they were for: then nobody listens, and nothing goes on.
      if (getEventListeners(controller.signal, 'abort').length > 0) clock.stir();
      controller.abort(new DOMException('timed out', 'TimeoutError'));
    });
    return controller.signal;
  };
  Reflect.set(AbortSignal, 'timeout', timeout);
};

export const playTimers = (clock: StoryClock): void => {
  clock.ownTimers();
  playTimeouts(clock);
  playSleep(clock);
  playAbortSignals(clock);
};

/** Every request of this process's HTTP clients leaves only after `delayMs` of the story. */
export const playCalls = (clock: StoryClock, delayMs: (request: ClientRequest) => number): void => {
  const end = ClientRequest.prototype.end;
  const later = function (this: ClientRequest, ...words: unknown[]): ClientRequest {
    const cancel = clock.waitFor(delayMs(this), () => {
      this.once('close', clock.call());
      Reflect.apply(end, this, words);
    });
    // An aborted call does not wait any more.
    this.once('close', cancel);
    return this;
  };
  Reflect.set(ClientRequest.prototype, 'end', later);
};
