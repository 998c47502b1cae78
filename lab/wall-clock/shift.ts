/**
 * Puts the wall clock of this process off, as on a machine whose clock was set wrong. Only `Date` is touched: the boot
 * clock and timers run on, as they do when somebody steps a clock. Works on code that asks `Date` each time.
 */

/** How far off the wall clock of a host's agent is, milliseconds; may be negative. Read by `preload.ts`. */
export const clockVariable = 'KEEPALOFT_LAB_CLOCK_MS';

const RealDate = Date;
let offsetMs = 0;
let isInstalled = false;

const nowMs = (): number => RealDate.now() + offsetMs;

const install = (): void => {
  globalThis.Date = new Proxy(RealDate, {
    // Spread rather than reflected, which would lose the type; nobody here makes classes of Date.
    construct: (target, words: ConstructorParameters<typeof Date> | []): Date =>
      words.length === 0 ? new target(nowMs()) : new target(...words),
    apply: () => new RealDate(nowMs()).toString(),
    get: (target, key): unknown => (key === 'now' ? nowMs : Reflect.get(target, key)),
  });
};

/** From now on `Date` is off by so many milliseconds; 0 puts it right. */
export const shiftWallClock = (byMs: number): void => {
  offsetMs = byMs;
  if (!isInstalled) install();
  isInstalled = true;
};
