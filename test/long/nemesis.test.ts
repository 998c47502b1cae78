// Proves with real processes and real packets that random faults of a fixed seed break no rule, in groups that the
// fabric fences and in groups that the lease does, on each fabric, and that each such fault really struck.
import { describe, expect, it } from 'vitest';
import { ofKind } from '../../lab/nemesis/check/facts.ts';
import type { HistoryEvent } from '../../lab/nemesis/history.ts';
import { needsNft } from '../e2e/lab/needs.ts';
import { expectKernelLetGo, playNemesis } from '../e2e/lab/nemesis.ts';

/** Three rounds of about six seconds, each with the rest after it; on a busy machine the rest may take long. */
const RUN_MS_MAX = 150_000;
const words = (mode: string, seed: string): string[] =>
  `--mode ${mode} --seed ${seed} --rounds 3 --minutes 2`.split(' ');

/** The EC2 calls of the arbiter's own, in the order in which they began. */
const ordered = (history: readonly HistoryEvent[], action: string) =>
  ofKind(history, 'ec2').filter((one) => one.action === action && one.by.startsWith('KeepaloftArbiter/'));
const failedMoves = (history: readonly HistoryEvent[]) =>
  ofKind(history, 'decision').filter(({ what }) => what === 'move-failed');

describe('the nemesis', () => {
  it('finds nothing in fenced groups whose holder is killed, or hangs while the database throttles and others meddle', {
    timeout: RUN_MS_MAX,
  }, async (context) => {
    needsNft(context);
    const { code, outcome, complaint } = await playNemesis(words('fenced', '3420'), RUN_MS_MAX);
    expect(complaint).toBe('');
    expect(code).toBe(0);
    expect(outcome).toMatchObject({
      rounds: 3,
      converged: 3,
      strikes: { kill: 1, 'dynamodb-throttle': 1, 'addr-add': 1, 'freeze-agent': 1, clock: 1 },
      skipped: {},
    });
    // The killed holder's group moved, and its client was in the dark meanwhile: the faults were no pretence.
    expect(outcome.moves['silence']).toBeGreaterThanOrEqual(1);
    expect(outcome.probes.lost).toBeGreaterThan(0);
  });

  it('finds nothing in exclusive groups: the kernel lets go for an agent that hangs or is killed, before another binds', {
    timeout: RUN_MS_MAX,
  }, async (context) => {
    needsNft(context);
    const { code, outcome, complaint, history } = await playNemesis(words('exclusive', '5023'), RUN_MS_MAX);
    expect(complaint).toBe('');
    expect(code).toBe(0);
    expect(outcome).toMatchObject({
      rounds: 3,
      converged: 3,
      strikes: { agent: 1, 'cut-arbiter': 1, 'freeze-agent': 1 },
      skipped: {},
    });
    expectKernelLetGo(history);
  });

  it('finds nothing where a route in two tables and an Elastic IP across zones move apart, and another hand takes the Elastic IP', {
    timeout: RUN_MS_MAX,
  }, async (context) => {
    needsNft(context);
    const one = '--fabric route-eip --mode exclusive --seed 4080 --rounds 1 --minutes 1'.split(' ');
    const { code, outcome, complaint, history } = await playNemesis(one, RUN_MS_MAX);
    expect(complaint).toBe('');
    expect(code).toBe(0);
    expect(outcome).toMatchObject({
      fabric: 'route-eip',
      converged: 1,
      strikes: { 'ec2-part': 1, associate: 1, service: 1 },
      skipped: {},
    });
    expect(outcome.moves['fault']).toBeGreaterThanOrEqual(1);
    // The routes could not be moved for a while, and the Elastic IP did not wait for them.
    const [failed] = failedMoves(history);
    const translated = ofKind(history, 'associated').filter(
      ({ at, host }) => at < (failed?.at ?? 0) && host === failed?.to,
    );
    expect(translated.length).toBeGreaterThanOrEqual(1);
    const tables = ofKind(history, 'fabric').filter(
      ({ at, host }) => at > (failed?.at ?? 0) && host === failed?.to,
    );
    expect(new Set(tables.map(({ table }) => table)).size).toBe(2);
  });

  it('finds nothing where an Elastic IP waits for the secondary IP that it stands on', {
    timeout: RUN_MS_MAX,
  }, async (context) => {
    needsNft(context);
    const one = '--fabric secondary-ip-eip --seed 3801 --round 2 --minutes 1'.split(' ');
    const { code, outcome, complaint, history } = await playNemesis(one, RUN_MS_MAX);
    expect(complaint).toBe('');
    expect(code).toBe(0);
    expect(outcome).toMatchObject({ converged: 1, strikes: { 'ec2-part': 1, stop: 1 }, skipped: {} });
    const [failed] = failedMoves(history);
    const after = (action: string) =>
      ordered(history, action).filter(({ at }) => at > (failed?.at ?? Infinity));
    const assigned = after('AssignPrivateIpAddresses').find(({ outcome: said }) => said.startsWith('200'));
    expect(assigned).toBeDefined();
    // Not asked for before: it would have been refused, and a refusal would have looked like the target's own fault.
    expect(after('AssociateAddress')[0]?.at).toBeGreaterThanOrEqual(assigned?.at ?? Infinity);
  });
});
