// Proves what the loop adds to the reducer where the lease is the fence: deadlines reach the host, "released" is never
// said before the host has let go, and leaving quietly touches nothing. The kernel's own part is in host/expiry.test.ts.
import { afterEach, describe, expect, it } from 'vitest';
import { createHookRunner } from '../../../agent/hooks/runner.ts';
import type { GroupProfile } from '../../../core/holder/types.ts';
import { durationMs } from '../../../core/time.ts';
import type { GroupAnswer } from '../../../core/wire/heartbeat.ts';
import { captureLog } from '../captured-log.ts';
import { scratchDirectory, writeScript } from '../scratch.ts';
import { type Answering, always, createLoops, FENCED, hostWith, NODE, until, VIP } from './double.ts';

const HOLD_MS = 1000;
const EXCLUSIVE: GroupProfile = { ...FENCED, leaseMs: durationMs(HOLD_MS), kernelExpiry: 'nft' };
const { start, endAll } = createLoops(EXCLUSIVE);
afterEach(endAll);

const holder: GroupAnswer['holder'] = { node: NODE, beat: '10:1', ageMs: 0, holdMs: HOLD_MS, priority: 100 };
const granting = (over: Partial<GroupAnswer> = {}): Answering => always({ role: 'MASTER', holder, ...over });

type Host = ReturnType<typeof hostWith>;
const reports = (host: Host) => host.requests.flatMap(({ groups }) => groups);
const hasReleased = (host: Host): boolean => reports(host).some(({ released }) => released !== undefined);

/** An arbiter that grants until told otherwise, and notes a "released" that came while the host still had the VIP. */
const arbiter = () => {
  const control: { word: Answering; host?: Host; lies: number } = { word: granting(), lies: 0 };
  const answering: Answering = (request) => {
    const released = request.groups[0]?.released !== undefined;
    if (released && ((control.host?.bound.size ?? 0) > 0 || control.host?.behaviour.binding === true))
      control.lies += 1;
    return control.word(request);
  };
  return { control, answering };
};

const arranged = (given: Parameters<typeof hostWith>[1] = {}) => {
  const { control, answering } = arbiter();
  const host = hostWith(answering, given);
  control.host = host;
  return { control, host };
};
/** Asks for the release at epoch 1. */
const releasing = (): Answering => granting({ release: true });

describe('exclusive: the deadline', () => {
  it('travels with each binding and is extended by each acknowledged heartbeat', async () => {
    const { host } = arranged();
    start(host.ports);
    await until(() => host.untils.length >= 4);
    const deadlines = host.untils.map((at) => at ?? 0);
    expect(deadlines).toEqual(deadlines.toSorted((a, b) => a - b));
    expect(new Set(deadlines).size).toBe(deadlines.length);
    // One binding for one acknowledged heartbeat, not one for each turn of the loop.
    expect(host.untils.length).toBeLessThanOrEqual(host.requests.length + 1);
  });

  it('ends the holding without an answer: unbinds, then says so', async () => {
    const { control, host } = arranged();
    start(host.ports);
    await until(() => host.bound.has(VIP));
    control.word = () => 'silence';
    const lastUntil = (): number => host.untils.at(-1) ?? 0;
    await until(() => host.events.includes('unbind'));
    expect(host.ports.now()).toBeGreaterThanOrEqual(lastUntil());
    await until(() => hasReleased(host));
    expect(control.lies).toBe(0);
    expect(reports(host).at(-1)).toMatchObject({ released: 1 });
  });

  it('is not waited for by a hook that takes long', async () => {
    const { control, host } = arranged();
    const slow = writeScript(scratchDirectory(), 'promote', 'exec sleep 30');
    const hooks = createHookRunner({ log: captureLog().log, trusted: (path) => Promise.resolve(path) });
    const config = { timeout: durationMs(2000), onMaster: [slow] };
    start({ ...host.ports, hook: (call) => hooks.notify({ ...call, vips: [VIP] }, config) });
    await until(() => host.bound.has(VIP));
    control.word = () => 'silence';
    await until(() => host.events.includes('unbind'));
    // The hook still runs, and is ended only by its own limit.
    expect(await hooks.idle(0)).toBe('timeout');
    expect(await hooks.idle(8000)).toBe('idle');
  });
});

describe('exclusive: released', () => {
  it('is said only after a binding under way has ended and is undone', async () => {
    const { control, host } = arranged();
    host.behaviour.bindMs = 300;
    host.behaviour.unbindMs = 150;
    start(host.ports);
    // A second binding waits behind the first, and must not come true any more.
    await until(() => host.behaviour.binding && host.requests.length >= 2);
    control.word = releasing();
    await until(() => hasReleased(host));
    expect(control.lies).toBe(0);
    const before = host.requests.length;
    await until(() => host.requests.length >= before + 3);
    expect(host.events.filter((event) => event.endsWith('bind'))).toEqual(['bind', 'unbind']);
  });

  it('is said only after unbinding, also when looks see nothing because the link is down', async () => {
    const { control, host } = arranged();
    start(host.ports);
    await until(() => host.bound.has(VIP));
    host.behaviour.blind = true;
    await until(() => reports(host).at(-1)?.vips[VIP]?.bound === false);
    control.word = releasing();
    await until(() => hasReleased(host));
    expect(control.lies).toBe(0);
    expect(host.events).toContain('unbind');
  });

  it('is said only after unbinding, also when a binding was taken for failed and looks see nothing', async () => {
    const { control, host } = arranged();
    Object.assign(host.behaviour, { bindFails: true, bindMs: 0, blind: true });
    start(host.ports);
    await until(() => host.bound.has(VIP) && !host.behaviour.binding);
    control.word = releasing();
    await until(() => hasReleased(host));
    expect(control.lies).toBe(0);
    expect(host.events).toContain('unbind');
  });

  it('is said without a successful unbinding only when the kernel has ended it', async () => {
    const { control, host } = arranged();
    start(host.ports);
    await until(() => host.bound.has(VIP));
    Object.assign(host.behaviour, { unbindFails: true, blind: true });
    control.word = releasing();
    await until(() => reports(host).length > 0 && host.ports.now() >= (host.untils.at(-1) ?? 0));
    // The kernel's part: by the instant up to which it was bound, it is gone.
    host.bound.clear();
    await until(() => hasReleased(host));
    expect(control.lies).toBe(0);
  });
});

describe('exclusive: an order that has become wrong', () => {
  it('does not unbind what this host has won again meanwhile', async () => {
    const { control, host } = arranged();
    host.behaviour.bindMs = 500;
    start(host.ports);
    await until(() => host.behaviour.binding);
    const lost = always({ epoch: 2 });
    let losses = 0;
    control.word = (request) => {
      losses += 1;
      return lost(request);
    };
    await until(() => losses > 0 && host.requests.at(-1)?.groups[0]?.epochSeen === 2);
    expect(host.behaviour.binding).toBe(true);
    control.word = granting({ epoch: 3 });
    await until(() => host.untils.length >= 2);
    host.behaviour.bindMs = 5;
    await until(() => host.untils.length >= 4);
    expect(host.events).not.toContain('unbind');
  });

  it('does not bind again what it has just bound', async () => {
    const { control, host } = arranged();
    host.behaviour.bindMs = 200;
    start(host.ports);
    await until(() => host.behaviour.binding);
    control.word = () => 'silence';
    await until(() => host.events.includes('unbind'));
    expect(host.untils).toHaveLength(1);
  });
});

describe('exclusive: a slow ip', () => {
  it('gathers no queue of bindings behind it', async () => {
    const { host } = arranged();
    host.behaviour.bindMs = 350;
    start(host.ports);
    await until(() => host.requests.length >= 12);
    expect(host.untils.length).toBeLessThanOrEqual(5);
  });
});

describe('exclusive: the start', () => {
  const leftovers = { bound: [VIP], expiresInMs: durationMs(60_000) };
  const MEMORY = { epoch: 1, relEpoch: 0, master: true };

  it('leaves alone what the kernel will end, and reports for how long that may be', async () => {
    const { control, host } = arranged({ bound: [VIP], leftovers });
    control.word = () => 'silence';
    start(host.ports, MEMORY);
    await until(() => host.requests.length >= 3);
    expect(host.bound.has(VIP)).toBe(true);
    expect(reports(host)[0]?.holdMs).toBeGreaterThan(50_000);
    control.word = always({});
    await until(() => host.events.includes('unbind'));
  });

  it('goes on serving when the arbiter still names it', async () => {
    const { host } = arranged({ bound: [VIP], leftovers });
    start(host.ports, MEMORY);
    await until(() => host.untils.length >= 2);
    expect(host.events).not.toContain('unbind');
  });

  it('unbinds at once what nobody would ever end', async () => {
    const { control, host } = arranged({ bound: [VIP], leftovers: { bound: [VIP] } });
    control.word = () => 'silence';
    start(host.ports, MEMORY);
    await until(() => host.events.includes('unbind'));
    expect(control.lies).toBe(0);
  });

  it('unbinds what it finds when lifetimes cannot be read', async () => {
    const { control, host } = arranged({ bound: [VIP] });
    control.word = () => 'silence';
    start({ ...host.ports, leftovers: () => Promise.reject(new Error('no ip')) }, MEMORY);
    await until(() => host.events.includes('unbind'));
    expect(host.bound.size).toBe(0);
  });

  it('takes away what serves nobody any more', async () => {
    const { control, host } = arranged({ spent: [VIP] });
    control.word = always({});
    start(host.ports);
    await until(() => host.events.includes('unbind'));
    expect(host.spent.size).toBe(0);
  });
});

describe.each([
  ['fenced', createLoops()],
  ['exclusive', { start, endAll }],
] as const)('leaving quietly: %s', (_, loops) => {
  it('ends without resigning, unbinding or hooks', async () => {
    const { host } = arranged();
    const loop = loops.start(host.ports);
    await until(() => host.bound.has(VIP) && host.events.includes('hook MASTER'));
    const before = host.events.length;
    loop.leaveQuietly();
    expect(await loop.ended).toBe('left-quietly');
    expect(host.bound.has(VIP)).toBe(true);
    expect(host.events.slice(before).filter((event) => event !== 'bind')).toEqual([]);
    expect(reports(host).some(({ resign, released }) => resign === true || released !== undefined)).toBe(
      false,
    );
  });

  it('ends also when told before it has begun', async () => {
    const { host } = arranged();
    const loop = loops.start(host.ports);
    loop.leaveQuietly();
    expect(await loop.ended).toBe('left-quietly');
    expect(host.requests).toEqual([]);
  });
});

describe('exclusive: before letting go', () => {
  it('a holder that was asked prepares first, and neither unbinds nor says so before that has ended', async () => {
    const { control, host } = arranged();
    host.behaviour.releaseMs = 400;
    start(host.ports);
    await until(() => host.bound.has(VIP));
    control.word = releasing();
    await until(() => hasReleased(host));
    expect(control.lies).toBe(0);
    const order = host.events.filter((event) => event === 'release' || event === 'unbind');
    expect(order).toEqual(['release', 'unbind']);
    // It was asked in every answer, and prepares once.
    const before = host.requests.length;
    await until(() => host.requests.length >= before + 3);
    expect(host.events.filter((event) => event === 'release')).toHaveLength(1);
  });

  it('lets go all the same when that fails', async () => {
    const { control, host } = arranged();
    start({ ...host.ports, beforeRelease: () => Promise.reject(new Error('test')) });
    await until(() => host.bound.has(VIP));
    control.word = releasing();
    await until(() => hasReleased(host));
    expect(control.lies).toBe(0);
    expect(host.bound.has(VIP)).toBe(false);
  });

  it('one whose lease has run out prepares nothing: there is no time', async () => {
    const { control, host } = arranged();
    start(host.ports);
    await until(() => host.bound.has(VIP));
    control.word = () => 'silence';
    await until(() => host.events.includes('unbind'));
    expect(host.events).not.toContain('release');
  });
});
