// Proves that boot numbers and epochs only rise, survive a restart, and that a broken file costs a warning only.
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openState, stateDirectory } from '../../agent/state.ts';
import { captureLog } from './captured-log.ts';
import { scratchDirectory } from './scratch.ts';

const { log } = captureLog();

describe('boot numbers', () => {
  it('are the wall clock, and rise also when the clock was set back', () => {
    const directory = join(scratchDirectory(), 'made', 'here');
    expect(openState({ directory, log }).nextBoot(1_000_000.7)).toBe(1_000_000);
    expect(openState({ directory, log }).nextBoot(5)).toBe(1_000_001);
    expect(openState({ directory, log }).nextBoot(2_000_000)).toBe(2_000_000);
  });

  it('jump above what the arbiter has stored, and that is remembered', () => {
    const directory = scratchDirectory();
    const store = openState({ directory, log });
    store.nextBoot(100);
    expect(store.raiseBoot(9000)).toBe(9001);
    expect(store.raiseBoot(5)).toBe(9002);
    expect(openState({ directory, log }).nextBoot(100)).toBe(9003);
  });

  it('are on the disk when the call returns, with nothing half-written beside', () => {
    const directory = scratchDirectory();
    openState({ directory, log }).nextBoot(42);
    expect(JSON.parse(readFileSync(join(directory, 'boot.json'), 'utf8'))).toEqual({ boot: 42 });
    expect(readdirSync(directory)).toEqual(['boot.json']);
  });
});

describe('groups', () => {
  it('are remembered, and their epochs never fall', async () => {
    const directory = scratchDirectory();
    const store = openState({ directory, log });
    expect(store.group('mysql')).toBeUndefined();
    await store.saveGroups({ mysql: { epoch: 7, relEpoch: 3, master: true } });
    await store.saveGroups({ mysql: { epoch: 5, relEpoch: 2, master: false } });
    await store.saveGroups({ redis: { epoch: 1, relEpoch: 0, master: true } });
    const again = openState({ directory, log });
    expect(again.group('mysql')).toEqual({ epoch: 7, relEpoch: 3, master: false });
    expect(again.group('redis')).toEqual({ epoch: 1, relEpoch: 0, master: true });
  });

  it('keep the newest of many saves at once', async () => {
    const directory = scratchDirectory();
    const store = openState({ directory, log });
    const epochs = Array.from({ length: 20 }, (_, index) => index + 1);
    await Promise.all(
      epochs.map((epoch) => store.saveGroups({ mysql: { epoch, relEpoch: 0, master: false } })),
    );
    expect(openState({ directory, log }).group('mysql')?.epoch).toBe(20);
  });

  it('are not written when nothing changed, and are tried again after a failure', async () => {
    const directory = scratchDirectory();
    const store = openState({ directory, log });
    const record = { epoch: 1, relEpoch: 0, master: false };
    await store.saveGroups({ mysql: record });
    const path = join(directory, 'groups.json');
    writeFileSync(path, 'touched by the test');
    await store.saveGroups({ mysql: record });
    expect(readFileSync(path, 'utf8')).toBe('touched by the test');

    const blocked = openState({ directory: scratchDirectory(), log });
    await expect(blocked.saveGroups({ mysql: record })).resolves.toBeUndefined();
  });

  it('say what to do when the disk refuses', async () => {
    if (process.geteuid?.() === 0) return;
    const directory = scratchDirectory();
    const store = openState({ directory, log });
    chmodSync(directory, 0o500);
    const record = { mysql: { epoch: 1, relEpoch: 0, master: false } };
    await expect(store.saveGroups(record)).rejects.toMatchObject({ code: 'state-unwritable' });
    expect(() => store.nextBoot(1)).toThrow(/cannot keep state/);
    chmodSync(directory, 0o700);
    await expect(store.saveGroups(record)).resolves.toBeUndefined();
    expect(openState({ directory, log }).group('mysql')?.epoch).toBe(1);
  });
});

describe('opening', () => {
  it.each(['{"boot":', '{"boot":-1}', '', '[]'])('sets %j aside with a warning', (text) => {
    const directory = scratchDirectory();
    writeFileSync(join(directory, 'boot.json'), text);
    const captured = captureLog();
    expect(openState({ directory, log: captured.log }).nextBoot(10)).toBe(10);
    expect(captured.messages()).toEqual(['a state file is unreadable, starting anew without it']);
    expect(existsSync(join(directory, 'boot.json.bad'))).toBe(true);
  });

  it('fails with a remedy where no directory can be', () => {
    expect(() => openState({ directory: '/dev/null/keepaloft', log })).toThrow(/cannot keep state/);
    expect(stateDirectory({ STATE_DIRECTORY: '/run/a:/run/b' })).toBe('/run/a');
    expect(stateDirectory({})).toBe('/var/lib/keepaloft');
  });
});
