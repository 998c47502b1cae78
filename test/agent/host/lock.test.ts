// Proves that one lock can be held once, that the holder is named, and that release frees it.
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { takeLock } from '../../../agent/host/lock.ts';

const uniqueName = (): string => `\0keepaloft-test-${process.pid}-${Math.random()}`;

describe('host lock', () => {
  it('is held once, and the second taker learns by whom', async () => {
    const name = uniqueName();
    const lock = await takeLock(name);
    await expect(takeLock(name)).rejects.toMatchObject({
      name: 'HostError',
      code: 'locked',
      message: `the process with pid ${process.pid} is the agent of this host already`,
    });
    await lock.release();
    const again = await takeLock(name);
    await again.release();
  });

  it('does not hang on a holder that never answers', async () => {
    const name = uniqueName();
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(name, resolve));
    await expect(takeLock(name)).rejects.toThrow('another process is the agent of this host already');
    mute.close();
  });
});
