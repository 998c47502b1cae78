// Proves what the loop adds to the reducer: order of effects, numbering, retries, and how it ends. Host and arbiter are
// doubles here, because a lost reply or a rival agent cannot be had on command from real ones; test/e2e has the real ones.
import { afterEach, describe, expect, it } from 'vitest';
import type { GroupResult } from '../../../core/wire/heartbeat.ts';
import { always, createLoops, hostWith, until, VIP } from './double.ts';

const { start, endAll } = createLoops();
afterEach(endAll);

describe('loop: order', () => {
  it('binds before hooks are told MASTER', async () => {
    const host = hostWith(always({ role: 'MASTER' }));
    start(host.ports);
    await until(() => host.events.includes('hook MASTER'));
    expect(host.events.slice(0, 2)).toEqual(['bind', 'hook MASTER']);
  });

  it('unbinds what an earlier run left before hooks are told BACKUP', async () => {
    const host = hostWith(always({}), { bound: [VIP] });
    start(host.ports, { epoch: 1, relEpoch: 0, master: true });
    await until(() => host.events.includes('hook BACKUP'));
    expect(host.events.slice(0, 2)).toEqual(['unbind', 'hook BACKUP']);
  });

  it('binds again what somebody has removed', async () => {
    const host = hostWith(always({ role: 'MASTER' }));
    start(host.ports);
    await until(() => host.bound.has(VIP));
    host.bound.clear();
    await until(() => host.bound.has(VIP));
    expect(host.events.filter((event) => event === 'hook MASTER')).toHaveLength(1);
  });

  it('hands over in order when it is told to stop: unbinds, then the stop hook, then it ends', async () => {
    const host = hostWith(always({ role: 'MASTER' }));
    const loop = start(host.ports);
    await until(() => host.bound.has(VIP));
    loop.terminate();
    expect(await loop.ended).toBe('left');
    expect(host.events.slice(-2)).toEqual(['unbind', 'hook STOP']);
    expect(host.requests.at(-1)?.groups[0]?.resign).toBe(true);
  });
});

describe('loop: heartbeats', () => {
  it('are numbered without a gap and never twice', async () => {
    const host = hostWith(always({}));
    start(host.ports);
    await until(() => host.requests.length >= 5);
    const seqs = host.requests.map((request) => request.seq);
    expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  });

  it('go on while nobody answers, and a holder keeps what the fabric still delivers to it', async () => {
    let cut = false;
    const word = always({ role: 'MASTER' });
    const host = hostWith((request) => (cut ? 'silence' : word(request)), { listed: [VIP] });
    start(host.ports);
    await until(() => host.bound.has(VIP));
    cut = true;
    const before = host.requests.length;
    await until(() => host.requests.length >= before + 8);
    expect(host.bound.has(VIP)).toBe(true);
    cut = false;
    host.listed.clear();
  });

  it('carry a FAULT at once, and again soon when the arbiter failed to take it', async () => {
    let fails = 0;
    const word = always({ role: 'MASTER' });
    const host = hostWith((request) => {
      if (request.groups[0]?.health === 'fault' && fails < 2) {
        fails += 1;
        return 'failure';
      }
      return word(request);
    });
    const loop = start(host.ports);
    await until(() => host.bound.has(VIP));
    loop.assessed('mysql', {
      health: 'fault',
      fault: 'dead',
      priority: 100,
      wavering: false,
      degradedBy: [],
    });
    await until(() => fails === 2 && host.requests.at(-1)?.groups[0]?.health === 'fault');
    expect(fails).toBe(2);
  });
});

describe('loop: identity', () => {
  const stale = (boot: number): GroupResult => ({
    error: { code: 'StaleBeat', message: 'stale', stored: { boot, seq: 5 } },
  });

  it('goes above a stored boot once, before its first acknowledgement', async () => {
    const word = always({});
    const host = hostWith((request) => (request.boot <= 50 ? stale(50) : word(request)));
    start(host.ports);
    await until(() => host.events.includes('hook BACKUP'));
    expect(host.requests.at(-1)?.boot).toBe(51);
  });

  it('stops without touching the VIP when another agent speaks for this host', async () => {
    let rival = false;
    const word = always({ role: 'MASTER' });
    const host = hostWith((request) => (rival ? stale(1000) : word(request)));
    const loop = start(host.ports);
    await until(() => host.bound.has(VIP));
    rival = true;
    expect(await loop.ended).toBe('superseded');
    expect(host.bound.has(VIP)).toBe(true);
    expect(host.events).not.toContain('hook STOP');
  });
});
