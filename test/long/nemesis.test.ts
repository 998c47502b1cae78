// Proves with real processes and real packets that random faults of a fixed seed break no rule, in groups that the
// fabric fences and in groups that the lease does, and that each such fault really struck.
import { describe, expect, it } from 'vitest';
import { needsNft } from '../e2e/lab/needs.ts';
import { expectKernelLetGo, playNemesis } from '../e2e/lab/nemesis.ts';

/** Three rounds of about six seconds, each with the rest after it; on a busy machine the rest may take long. */
const RUN_MS_MAX = 150_000;
const words = (mode: string, seed: string): string[] =>
  `--mode ${mode} --seed ${seed} --rounds 3 --minutes 2`.split(' ');

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
});
