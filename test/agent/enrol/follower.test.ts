// Proves when a running agent asks for its configuration: on a hint, spread; on its own now and then; less and less often
// while nothing comes of it; and never twice at once.
import { beforeEach, describe, expect, it } from 'vitest';
import {
  BACKOFF_MS,
  BACKOFF_MS_MAX,
  Follower,
  type Outcome,
  POLL_MS,
  SPREAD_MS,
} from '../../../agent/enrol/follower.ts';
import { HostError } from '../../../agent/errors.ts';
import { bootNow } from '../../../agent/host/boot-clock.ts';
import type { Reply } from '../../../agent/loop/ports.ts';
import type { GroupResult } from '../../../core/wire/heartbeat.ts';
import { type CapturedLog, captureLog } from '../captured-log.ts';
import { answerOf } from './answers.ts';

const at = { sentAt: bootNow(), receivedAt: bootNow() };
const answered = (mysql: object): Reply => {
  const whole = { rev: 1, role: 'BACKUP', epoch: 1, holder: null, heartbeatMs: 1000, reason: 'x', ...mysql };
  const result = 'error' in mysql ? mysql : whole;
  return { kind: 'answer', response: { v: 1, groups: { mysql: result as GroupResult } }, ...at };
};
const refused = (code: string): Reply => ({
  kind: 'refused',
  status: 403,
  error: { code, message: 'no' },
  ...at,
});

let asked: number;
let outcomes: (Outcome | Error)[];
let timers: { ms: number; call: () => void }[];
let captured: CapturedLog;
let follower: Follower;

beforeEach(() => {
  asked = 0;
  outcomes = [];
  timers = [];
  captured = captureLog();
  follower = new Follower({
    ask: async () => {
      asked += 1;
      return answerOf();
    },
    take: async () => {
      const outcome = outcomes.shift() ?? 'settled';
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
    running: () => new Map([['mysql', 'old']]),
    random: () => 0.5,
    after: (ms, call) => {
      const timer = { ms, call };
      timers = [timer];
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    log: captured.log,
  });
  follower.start();
});

/** The one timer that waits, and how long. */
const waits = (): number => timers[0]?.ms ?? NaN;
/** It runs out, and what it began has ended. */
const runsOut = async (): Promise<void> => {
  const [timer] = timers.splice(0);
  timer?.call();
  await new Promise((resolve) => setImmediate(resolve));
};

describe('a hint', () => {
  it.each<[string, Reply]>([
    ['another hash', answered({ configHash: 'new' })],
    ['a group that does not know this host', answered({ error: { code: 'NotEnrolled', message: 'no' } })],
    ['a group that is gone', answered({ error: { code: 'UnknownGroup', message: 'no' } })],
    ['no group that knows this host', refused('NotEnrolled')],
  ])('%s: asked within the spread', async (_, reply) => {
    expect(waits()).toBe(POLL_MS);
    follower.heard(reply);
    expect(waits()).toBe(SPREAD_MS / 2);
    await runsOut();
    expect(asked).toBe(1);
    expect(waits()).toBe(POLL_MS);
  });

  it.each<[string, Reply]>([
    ['its own hash', answered({ configHash: 'old' })],
    ['no hash', answered({})],
    ['a group that is in trouble', answered({ error: { code: 'StoreUnavailable', message: 'later' } })],
    ['an older beat', refused('StaleBeat')],
    ['silence', { kind: 'network', cause: new Error('no'), ...at }],
    ['an overload', { kind: 'throttled', status: 429, ...at }],
  ])('%s is none', (_, reply) => {
    follower.heard(reply);
    expect(waits()).toBe(POLL_MS);
  });

  it('many of them are one question', async () => {
    for (let beat = 0; beat < 5; beat += 1) follower.heard(answered({ configHash: 'new' }));
    await runsOut();
    expect(asked).toBe(1);
  });
});

describe('what comes of it', () => {
  const hinted = async (): Promise<number> => {
    follower.heard(answered({ configHash: 'new' }));
    const waited = waits();
    await runsOut();
    return waited;
  };

  it('nothing: asked again later and later, up to five minutes', async () => {
    outcomes = Array.from({ length: 9 }, () => 'open');
    const pauses: number[] = [];
    for (let tries = 0; tries < 9; tries += 1) pauses.push((await hinted()) - SPREAD_MS / 2);
    expect(pauses).toEqual([
      0,
      BACKOFF_MS,
      2 * BACKOFF_MS,
      4 * BACKOFF_MS,
      8 * BACKOFF_MS,
      16 * BACKOFF_MS,
      BACKOFF_MS_MAX,
      BACKOFF_MS_MAX,
      BACKOFF_MS_MAX,
    ]);
    await hinted();
    expect((await hinted()) - SPREAD_MS / 2).toBe(0);
  });

  it('a failure is told once with its remedy, and again when it is another', async () => {
    const wrong = new HostError('foreign-program', 'hooks.onMaster: /bin/sh is not in hooks.d', {
      remedy: 'put a script there',
    });
    outcomes = [wrong, wrong, new Error('other'), wrong];
    for (let tries = 0; tries < 4; tries += 1) await hinted();
    const message = 'a new configuration could not be had; the old one goes on';
    expect(captured.messages()).toEqual([message, message, message]);
    expect(captured.lines[0]).toMatchObject({ error: wrong.message, remedy: 'put a script there' });
  });

  it('without a hint it asks now and then', async () => {
    await runsOut();
    await runsOut();
    expect([asked, waits()]).toEqual([2, POLL_MS]);
  });

  it('stopped, it asks no more', async () => {
    follower.stop();
    follower.heard(answered({ configHash: 'new' }));
    expect(timers).toEqual([]);
  });
});
