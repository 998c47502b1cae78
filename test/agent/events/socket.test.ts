// Proves that any number of readers hear the same, that a slow or dead one is let go, and what becomes of a stale socket.
import { execFileSync } from 'node:child_process';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { followEvents } from '../../../agent/events/command.ts';
import { EventHub } from '../../../agent/events/hub.ts';
import { eventsDirectory, openEventSocket, READERS_MAX, SOCKET_NAME } from '../../../agent/events/socket.ts';
import { scratchDirectory } from '../scratch.ts';

const GROUPS = [{ name: 'mysql', priority: 100, vips: ['172.31.0.201'] }];

const opened = async (directory = scratchDirectory()) => {
  const hub = new EventHub(GROUPS);
  const warnings: string[] = [];
  const log = {
    info: () => undefined,
    warn: ({ remedy = '' }: { remedy?: string }, message: string) =>
      void warnings.push(`${message}: ${remedy}`),
  } as never;
  const events = await openEventSocket({ directory, hub, log });
  onTestFinished(() => events.close());
  return { hub, warnings, events, directory, path: join(directory, SOCKET_NAME) };
};

const reader = (path: string) => {
  const socket: Socket = connect(path);
  const lines: string[] = [];
  const state = { lines, socket, closed: false };
  socket
    .on('error', () => undefined)
    .once('close', () => {
      state.closed = true;
    });
  createInterface({ input: socket })
    .on('line', (line) => void lines.push(line))
    .on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return state;
};
const until = (holds: () => boolean) => expect.poll(holds, { timeout: 10_000, interval: 5 }).toBe(true);
const eventsOf = ({ lines }: { lines: readonly string[] }): string[] =>
  lines.map((line) => (JSON.parse(line) as { event: string }).event);

describe('the event socket', () => {
  it('tells each reader how it is, and all of them the same changes; it is for owner and group only', async () => {
    const { hub, path, events } = await opened();
    expect(statSync(path).mode & 0o777).toBe(0o660);
    const early = reader(path);
    await until(() => early.lines.length === 1);
    hub.arbiter(true);
    const late = reader(path);
    await until(() => late.lines.length === 2);
    hub.state('mysql', { state: 'MASTER', epoch: 1, priority: 100 });
    await until(() => early.lines.length === 3 && late.lines.length === 3);
    expect(eventsOf(early)).toEqual(['state', 'arbiter', 'state']);
    expect(early.lines.at(-1)).toBe(late.lines.at(-1));
    hub.state('mysql', { state: 'STOP', epoch: 1, priority: 100 });
    await events.close();
    await until(() => early.closed && late.closed);
    expect(early.lines.at(-1)).toContain('"STOP"');
    expect(existsSync(path)).toBe(false);
  });

  it('lets a reader go that takes nothing, without waiting and without loss for the others', async () => {
    const { hub, warnings, path } = await opened();
    const stuck = reader(path);
    const quick = reader(path);
    await until(() => stuck.lines.length === 1 && quick.lines.length === 1);
    stuck.socket.pause();
    let count = 0;
    await until(() => {
      for (let more = 0; more < 500; more += 1) hub.arbiter((count += 1) % 2 === 0);
      return warnings.length > 0;
    });
    expect(warnings).toEqual([expect.stringContaining('too slow')]);
    await until(() => quick.lines.length === count + 1);
  });

  it('forgets a reader that is gone', async () => {
    const { hub, warnings, path } = await opened();
    for (let times = 0; times < 3; times += 1) {
      const gone = reader(path);
      await until(() => gone.lines.length >= 1);
      gone.socket.destroy();
      hub.arbiter(times % 2 === 0);
    }
    const next = reader(path);
    await until(() => next.lines.length === 2);
    expect(warnings).toEqual([]);
  });

  it('lets in no more than it can have', async () => {
    const { warnings, path } = await opened();
    const readers = Array.from({ length: READERS_MAX }, () => reader(path));
    await until(() => readers.every(({ lines }) => lines.length === 1));
    const tooMany = reader(path);
    await until(() => tooMany.closed);
    expect(warnings).toEqual([expect.stringContaining('too many readers')]);
    readers[0]?.socket.destroy();
    await until(() => readers[0]?.closed === true);
    await expect
      .poll(
        async () => {
          const again = reader(path);
          await until(() => again.closed || again.lines.length === 1);
          return again.lines.length;
        },
        { timeout: 10_000, interval: 20 },
      )
      .toBe(1);
  });

  it('takes the place of what a killed agent has left, and leaves alone what somebody answers on', async () => {
    const directory = scratchDirectory();
    const first = await opened(directory);
    const second = await opened(directory);
    expect(second.warnings).toEqual([expect.stringMatching(/no event socket: move .* away/)]);
    const still = reader(first.path);
    await until(() => still.lines.length === 1);
    // A socket file without a process, as SIGKILL leaves it: listening creates it, and renaming saves it from closing.
    const other = scratchDirectory();
    const stale = join(other, SOCKET_NAME);
    const program = `require('net').createServer().listen(${JSON.stringify(stale)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', program], { stdio: 'ignore' })).toThrow(
      'Command failed',
    );
    expect(existsSync(stale)).toBe(true);
    const third = await opened(other);
    expect(third.warnings).toEqual([]);
    const fresh = reader(stale);
    await until(() => fresh.lines.length === 1);
  });

  it('is done without where it cannot be, and says what to do', async () => {
    const directory = scratchDirectory();
    writeFileSync(join(directory, SOCKET_NAME), 'mine');
    const file = await opened(directory);
    expect(file.warnings).toEqual([expect.stringContaining('no event socket')]);
    expect(statSync(file.path).isFile()).toBe(true);
    const nowhere = await opened('/nonexistent/keepaloft');
    expect(nowhere.warnings).toEqual([
      'there is no event socket: make /nonexistent/keepaloft writable for the agent',
    ]);
  });

  it('lies where systemd says, else beside the state', () => {
    expect(eventsDirectory({ RUNTIME_DIRECTORY: '/run/keepaloft:/run/other' })).toBe('/run/keepaloft');
    expect(eventsDirectory({ STATE_DIRECTORY: '/tmp/state' })).toBe('/tmp/state');
  });
});

describe('keepaloft-agent events', () => {
  it('follows it until the agent ends', async () => {
    const { hub, path, events } = await opened();
    const lines: string[] = [];
    const ended = followEvents(path, (line) => void lines.push(line));
    await until(() => lines.length === 1);
    hub.arbiter(true);
    await until(() => lines.length === 2);
    await events.close();
    expect(await ended).toBe(0);
  });

  it('says so when there is nobody', async () => {
    const server = createServer();
    onTestFinished(() => void server.close());
    expect(await followEvents('/nonexistent/events.sock', () => undefined)).toBe(1);
  });
});
