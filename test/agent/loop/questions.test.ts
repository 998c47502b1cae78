// Proves that the loop runs what a candidate and a fenced holder are asked for, in order, and tells how it ended.
import { afterEach, describe, expect, it } from 'vitest';
import type { GroupAnswer } from '../../../core/wire/heartbeat.ts';
import { type Answering, createLoops, FENCED, hostWith, NODE, until, VIP } from './double.ts';

const { start, endAll } = createLoops();
afterEach(endAll);

/** What the arbiter says, until it is changed; revs rise with each answer. */
const control = (first: Partial<GroupAnswer>) => {
  const said = { over: first };
  let rev = 0;
  const answering: Answering = () => {
    rev += 1;
    return { rev, role: 'BACKUP', epoch: 1, holder: null, heartbeatMs: 50, reason: 'test', ...said.over };
  };
  return { said, answering };
};
const holder = { node: NODE, beat: '10:1', ageMs: 0, holdMs: 0, priority: 100 } as const;

describe('a candidate that is asked', () => {
  it.each(['prepared', 'refused', 'failed'] as const)(
    '%s: runs its hook once, and says so until asked no more',
    async (outcome) => {
      const { said, answering } = control({});
      const host = hostWith(answering);
      host.behaviour.outcome = outcome;
      host.behaviour.prepareMs = 20;
      start(host.ports);
      await until(() => host.events.includes('hook BACKUP'));
      said.over = { prepare: { epoch: 2 } };
      const words = () => host.requests.at(-1)?.groups[0];
      await until(() => (words()?.prepared ?? words()?.declined)?.epoch === 2);
      const before = host.requests.length;
      await until(() => host.requests.length > before + 2);
      expect(host.events.filter((event) => event === 'prepare 2')).toHaveLength(1);
      expect(words()?.declined?.why).toBe(outcome === 'prepared' ? undefined : outcome);
      said.over = {};
      await until(() => words()?.prepared === undefined && words()?.declined === undefined);
      // What may have been promoted is demoted; a refusal has changed nothing.
      const told = host.events
        .slice(host.events.indexOf('prepare 2'))
        .filter((event) => event === 'hook BACKUP');
      expect(told).toHaveLength(outcome === 'refused' ? 0 : 1);
    },
  );
});

describe('a fenced holder that is asked to let go', () => {
  it('prepares, unbinds, says so, and does not bind again before the next epoch', async () => {
    const { said, answering } = control({ role: 'MASTER', holder });
    const host = hostWith(answering, { listed: [VIP] });
    host.behaviour.releaseMs = 100;
    start(host.ports);
    await until(() => host.bound.has(VIP));
    said.over = { role: 'MASTER', holder, release: true };
    const released = () => host.requests.at(-1)?.groups[0]?.released;
    await until(() => released() === 1);
    expect(host.bound.has(VIP)).toBe(false);
    expect(host.events.filter((event) => event === 'release' || event === 'unbind')).toEqual([
      'release',
      'unbind',
    ]);
    said.over = { role: 'MASTER', holder, epoch: 2 };
    await until(() => host.bound.has(VIP));
    await until(() => released() === undefined);
  });

  it('with nothing to unbind it says so when it has prepared, and not before', async () => {
    const nothing = createLoops({ ...FENCED, vips: [], seen: [VIP] });
    const { said, answering } = control({ role: 'MASTER', holder });
    const host = hostWith(answering, { listed: [VIP] });
    host.behaviour.releaseMs = 100;
    nothing.start(host.ports);
    await until(() => host.events.includes('hook MASTER'));
    said.over = { role: 'MASTER', holder, release: true };
    await until(() => host.requests.some(({ groups }) => groups[0]?.released === 1));
    expect(host.events).toContain('release');
    const first = host.requests.findIndex(({ groups }) => groups[0]?.released === 1);
    expect(first).toBeGreaterThan(0);
    await nothing.endAll();
  });
});
