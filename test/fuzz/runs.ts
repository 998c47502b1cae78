/**
 * How much is tried, and with which seed. The same seed each time, so that a red run stays red until somebody has looked;
 * `KEEPALOFT_FUZZ=50` tries fifty times as much with a fresh seed, and `KEEPALOFT_FUZZ_SEED` repeats one. A failure prints
 * its seed and the smallest input that still fails.
 */

const SEED = 20_161_031;
const UINT32 = 2 ** 32;

const factor = Math.max(1, Number(process.env['KEEPALOFT_FUZZ'] ?? 1));
const wanted = process.env['KEEPALOFT_FUZZ_SEED'];
const seed = wanted === undefined ? (factor > 1 ? Date.now() % UINT32 : SEED) : Number(wanted);

/** Parameters for a property that is tried `count` times in a plain `npm test`. */
export const runs = (count: number): { readonly numRuns: number; readonly seed: number } => ({
  numRuns: count * factor,
  seed,
});

/** For a test that calls {@link runs}: longer than it can take, however much is asked for. */
export const fuzzMsMax = 60_000 * factor;
