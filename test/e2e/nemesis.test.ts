// Proves with real processes and real packets that a fault of a fixed seed breaks no rule in groups that the lease fences,
// and that it really struck. More of it: test/long.
import { describe, expect, it } from 'vitest';
import { needsNft } from './lab/needs.ts';
import { expectKernelLetGo, playNemesis } from './lab/nemesis.ts';

/** One round of some ten seconds, with the rest after it; on a busy machine the rest may take long. */
const RUN_MS_MAX = 110_000;
const WORDS = '--mode exclusive --only freeze-agent --seed 2081 --rounds 1 --minutes 1'.split(' ');

describe('the nemesis', () => {
  it('finds nothing in an exclusive group whose agent hangs: the kernel lets go before another binds', async (context) => {
    needsNft(context);
    const { code, outcome, complaint, history } = await playNemesis(WORDS, RUN_MS_MAX);
    expect(complaint).toBe('');
    expect(code).toBe(0);
    expect(outcome).toMatchObject({ rounds: 1, converged: 1, strikes: { 'freeze-agent': 1 }, skipped: {} });
    expectKernelLetGo(history);
  });
});
