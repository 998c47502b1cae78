/** Proves that a process in a story's time sees that time wherever the handler looks, and waits no real second. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const PROCESS = fileURLToPath(new URL('played-process.ts', import.meta.url));

describe('played time', () => {
  it('moves dates, timers, sleeps and abort signals, in their order', async () => {
    const child = fork(PROCESS, { execArgv: [], env: { NODE_NO_WARNINGS: '1' } });
    try {
      const told: unknown[] = await once(child, 'message', { signal: AbortSignal.timeout(20_000) });
      expect(told[0]).toEqual({
        seen: [
          'slept 1000',
          'timer 1500',
          'AbortError 2000',
          'aborted 2000',
          'waited 3000',
          'waited on 3500',
        ],
        dates: ['2027-01-15T08:00:10.000Z', '1970-01-01T00:00:00.000Z', 'true', 'number'],
      });
    } finally {
      child.kill('SIGKILL');
    }
  });
});
