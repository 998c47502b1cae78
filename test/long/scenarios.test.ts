// Proves that every scenario that comes with the lab holds what it says, played by the command that users play it with.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { scenarioNames } from '../../lab/scenario/file.ts';
import { needsNft } from '../e2e/lab/needs.ts';

const keepaloft = fileURLToPath(new URL('../../cli/keepaloft', import.meta.url));
const SCENARIO_MS_MAX = 170_000;
/** These scenarios cut the network. */
const CUTS = /^cut-|blackout/u;

describe('keepaloft lab run', () => {
  // The bounds in the scenarios are for a machine with nothing else to do: each may be played a second time.
  it.for(scenarioNames())('%s ends 0: all it expects holds', { retry: 1 }, async (name, context) => {
    if (CUTS.test(name)) needsNft(context);
    // A failing command rejects with what it printed: the step that did not hold is in it.
    const played = promisify(execFile)(keepaloft, ['lab', 'run', name], { timeout: SCENARIO_MS_MAX });
    await expect(played).resolves.toBeDefined();
  });
});
