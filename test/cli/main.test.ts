// Proves what a stranger meets: help with examples, exit codes, one line of cause and one of remedy, and no stack.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../../lab/control/types.ts';

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kl-cli-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const keepaloft = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [main, ...args],
      { env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...env } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code);
        resolve({ code, stdout, stderr });
      },
    );
  });

const versionOf = async (): Promise<string> => (await keepaloft(['--version'])).stdout.trim();

const config = (text: string): string => {
  const path = join(directory, 'keepaloft.yaml');
  writeFileSync(path, text);
  return path;
};
const good = `version: 1
groups:
  mysql:
    vips: [{ address: 172.31.0.201, fabric: secondary-ip }]
    members: [{ instance: i-00000000000000001 }, { instance: i-00000000000000002 }]
`;

describe('help', () => {
  it('explains the command with examples and the exit codes', async () => {
    const { code, stdout, stderr } = await keepaloft(['--help']);
    expect([code, stderr]).toEqual([0, '']);
    for (const part of ['Usage: keepaloft', 'start', 'lab', 'validate', 'Examples:', 'Exit codes: 0 ok']) {
      expect(stdout).toContain(part);
    }
  });

  it('of the agent is the agent’s own, and so are its exit codes', async () => {
    const help = await keepaloft(['agent', '--help']);
    expect([help.code, help.stdout.split('\n')[0]]).toEqual([0, `keepaloft-agent ${await versionOf()}`]);
    const config = ['--config', join(directory, 'absent.yaml')];
    expect(await keepaloft(['agent', '--check', ...config])).toMatchObject({ code: 78 });
  });

  it('of the lab names each subcommand', async () => {
    const { code, stdout } = await keepaloft(['lab', '--help']);
    expect(code).toBe(0);
    const names = ['up', 'down', 'status', 'info', 'list', 'logs', 'fault', 'heal', 'exec', 'probe', 'run'];
    expect(names.filter((name) => !new RegExp(`^  ${name} `, 'mu').test(stdout))).toEqual([]);
  });

  it('of fault explains every kind there is', async () => {
    const { stdout } = await keepaloft(['lab', 'fault', '--help']);
    const isExplained = (kind: string): boolean => new RegExp(`(?:^  |; )${kind} [A-Z]`, 'mu').test(stdout);
    // `thaw` and `start` are explained beside what they end.
    const beside = ['thaw HOST', 'start HOST'].filter((words) => stdout.includes(words));
    expect(beside).toHaveLength(2);
    expect(FAULT_KINDS.filter((kind) => !isExplained(kind))).toEqual([]);
  });

  it('of a group of commands without a command is shown as wrong use', async () => {
    const { code, stdout, stderr } = await keepaloft(['lab']);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toContain('Usage: keepaloft lab');
  });

  it('tells the version', async () => {
    expect(await keepaloft(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
  });
});

describe('wrong use ends with 64, a cause and a remedy', () => {
  it.each([
    [
      'an unknown command, with a suggestion',
      ['statr'],
      /unknown command 'statr'.*\n.*Did you mean start\?/u,
    ],
    [
      'an unknown subcommand, with a suggestion',
      ['lab', 'stauts'],
      /unknown command 'stauts'.*\n.*Did you mean status\?/u,
    ],
    ['an unknown option', ['lab', 'up', '--host', '3'], /unknown option '--host'/u],
    ['a missing argument', ['lab', 'fault', 'kill'], /missing required argument 'target'/u],
    ['a number that is none', ['lab', 'up', '--hosts', 'three'], /--hosts.*whole number from 1 to 8/u],
    ['too many hosts', ['lab', 'up', '--hosts', '9'], /whole number from 1 to 8/u],
    ['a duration without a unit', ['lab', 'fault', 'kill', 'all', '--for', '8'], /--for.*needs a unit/u],
    ['a lab that is not an id', ['lab', 'status', '--lab', 'mine'], /four hexadecimal digits/u],
    [
      'an unknown fault',
      ['lab', 'fault', 'explode', 'host1'],
      /there is no fault 'explode'; there are: kill, /u,
    ],
    ['an unknown scenario', ['lab', 'run', 'no-such'], /there is no scenario 'no-such'/u],
  ])('%s', async (_name, args, complaint) => {
    const { code, stdout, stderr } = await keepaloft(args);
    expect(stderr).toMatch(complaint);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(/^keepaloft: /u);
    expect(stderr).not.toMatch(/^\s+at /mu);
  });
});

describe('validate', () => {
  it('accepts a right file and says what is in it', async () => {
    const path = config(good);
    const { code, stdout } = await keepaloft(['validate', path]);
    expect([code, stdout]).toEqual([
      0,
      `${path}: ok, 1 group\n  mysql: 172.31.0.201, 2 members, heartbeat 1000 ms, lease 3000 ms, 0 checks\n`,
    ]);
  });

  it('names what selects members, in text and as JSON', async () => {
    const path = config(`
version: 1
groups:
  mysql:
    vips: [{ address: 172.31.0.201, fabric: secondary-ip }]
    members: [{ instance: i-00000000000000001 }, { tag: { role: db } }, { autoScalingGroup: web }]
`);
    expect((await keepaloft(['validate', path])).stdout).toContain(
      'mysql: 172.31.0.201, 1 member and tag role=db and Auto Scaling group web, heartbeat',
    );
    const { stdout } = await keepaloft(['validate', path, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      groups: [{ select: [{ tag: { role: 'db' } }, { autoScalingGroup: 'web' }] }],
    });
  });

  it('names line, column and key of what is wrong, in text and as JSON, with 78', async () => {
    const path = config(good.replace('vips:', 'vip:'));
    const { code, stdout, stderr } = await keepaloft(['validate', path, '--json']);
    expect(code).toBe(78);
    expect(stderr).toContain(`${path}:4:`);
    expect(stderr).toContain('groups.mysql.vip: unknown key');
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'bad-config' } });
  });

  it('says which file cannot be read, with 66', async () => {
    const { code, stderr } = await keepaloft(['validate', join(directory, 'none.yaml')]);
    expect([code, stderr.includes('cannot be read: ENOENT')]).toEqual([66, true]);
  });
});

describe('a lab', () => {
  it('is not started with a wrong file, and nothing is left behind', async () => {
    const path = config('version: 1\ngroups: {}\n');
    const { code, stderr } = await keepaloft(['lab', 'up', '--config', path], { XDG_RUNTIME_DIR: directory });
    expect(code).toBe(78);
    expect(stderr).toContain(`${path}:2:9: groups: 1 to 32 groups`);
  });

  it('lists the scenarios when none is named', async () => {
    const { code, stdout } = await keepaloft(['lab', 'run']);
    expect([code, stdout.includes('kill-holder')]).toEqual([0, true]);
  });
});

describe('output', () => {
  it('has no colours when it is not a terminal', async () => {
    const { stdout, stderr } = await keepaloft(['lab', 'fault', 'explode', 'x'], { FORCE_COLOR: '1' });
    expect(`${stdout}${stderr}`).not.toContain('\u001B');
  });

  it('shows the stack of an error when asked to', async () => {
    const { stderr } = await keepaloft(['lab', 'run', 'no-such'], { KEEPALOFT_DEBUG: '1' });
    expect(stderr).toMatch(/^\s+at /mu);
  });
});
