// Proves that credentials come from the metadata service alone, are renewed ahead of time, and outlive its outages.
import { describe, expect, it } from 'vitest';
import { createCredentials } from '../../../agent/host/credentials.ts';
import type { RoleCredentials } from '../../../agent/host/imds.ts';
import { bootMs } from '../../../core/time.ts';
import { captureLog } from '../captured-log.ts';
import { until } from '../until.ts';

const HOUR_MS = 3_600_000;

const scene = () => {
  const state = { wallMs: 0, fetches: 0, down: false, isStuck: false };
  const { log, messages } = captureLog();
  const roleCredentials = (): Promise<RoleCredentials> => {
    state.fetches += 1;
    if (state.down) return Promise.reject(new Error('imds is down'));
    if (state.isStuck) return new Promise(() => undefined);
    const number = String(state.fetches);
    return Promise.resolve({
      accessKeyId: `key-${number}`,
      secretAccessKey: 's',
      sessionToken: 't',
      expiration: new Date(state.wallMs + 6 * HOUR_MS),
    });
  };
  const source = createCredentials({
    imds: { roleCredentials },
    log,
    now: () => bootMs(state.wallMs),
    wallNow: () => state.wallMs,
  });
  return { state, source, messages };
};

describe('credentials', () => {
  it('are fetched once, also when asked for many times at once', async () => {
    const { state, source } = scene();
    const all = await Promise.all([source(), source(), source()]);
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['key-1']));
    await source();
    expect(state.fetches).toBe(1);
  });

  it('are renewed ahead of their end without making anybody wait', async () => {
    const { state, source } = scene();
    await source();
    state.wallMs = 6 * HOUR_MS - 500_000;
    expect((await source()).accessKeyId).toBe('key-1');
    let latest = '';
    await until('the new ones are given out', () => {
      void source().then(({ accessKeyId }) => {
        latest = accessKeyId;
      });
      return latest === 'key-2';
    });
    expect(state.fetches).toBe(2);
  });

  it('stay in use while the metadata service is down, with tries 30 s apart, which is told once', async () => {
    const { state, source, messages } = scene();
    await source();
    state.down = true;
    state.wallMs = 6 * HOUR_MS - 500_000;
    for (let beat = 0; beat < 60; beat += 1) {
      expect((await source()).accessKeyId).toBe('key-1');
      state.wallMs += 1000;
    }
    expect(state.fetches).toBe(3);
    expect(messages()).toEqual(['credentials not renewed, using the old ones']);
    state.down = false;
    state.wallMs += 30_000;
    await source();
    await until('that they are renewed is told', () => messages().includes('credentials renewed'));
    expect((await source()).accessKeyId).toBe('key-4');
  });

  it('that have ended are asked for more often, and new ones are used at once', async () => {
    const { state, source } = scene();
    await source();
    state.down = true;
    state.wallMs = 7 * HOUR_MS;
    for (let beat = 0; beat < 10; beat += 1) {
      expect((await source()).accessKeyId).toBe('key-1');
      state.wallMs += 1000;
    }
    expect(state.fetches).toBe(3);
    state.down = false;
    expect((await source()).accessKeyId).toBe('key-4');
  });

  it('that have ended hold no heartbeat up while the metadata service is slow', async () => {
    const { state, source } = scene();
    await source();
    state.isStuck = true;
    state.wallMs = 7 * HOUR_MS;
    // Would never resolve if it waited for the service.
    expect((await source()).accessKeyId).toBe('key-1');
  });

  it('fail only while there never were any, and are asked for again', async () => {
    const { state, source } = scene();
    state.down = true;
    await expect(source()).rejects.toThrow('imds is down');
    state.down = false;
    expect((await source()).accessKeyId).toBe('key-2');
  });

  it('never come from the environment', async () => {
    const before = process.env['AWS_ACCESS_KEY_ID'];
    process.env['AWS_ACCESS_KEY_ID'] = 'key-of-the-environment';
    const { source } = scene();
    expect((await source()).accessKeyId).toBe('key-1');
    if (before === undefined) delete process.env['AWS_ACCESS_KEY_ID'];
    else process.env['AWS_ACCESS_KEY_ID'] = before;
  });
});
