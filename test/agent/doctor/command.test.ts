// Proves, with the real command in a network namespace where nothing answers, that doctor says so and ends as it should.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { namespaceRefusal } from '../host/own-namespace.ts';
import { scratchDirectory } from '../scratch.ts';

const main = fileURLToPath(new URL('../../../agent/main.ts', import.meta.url));
const refusal = namespaceRefusal();
const flags = process.geteuid?.() === 0 ? '-n' : '-Urn';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const doctor = (...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      NODE_NO_WARNINGS: '1',
      STATE_DIRECTORY: join(scratchDirectory(), 'none'),
    };
    const argv = [flags, '--kill-child', '--', process.execPath, main, 'doctor', ...args];
    execFile('unshare', argv, { env, cwd: '/' }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

const configuration = (): string => {
  const path = join(scratchDirectory(), 'agent.yaml');
  const file = {
    version: 1,
    endpoint: 'https://127.0.0.1:9',
    region: 'us-east-1',
    groups: {
      mysql: {
        vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
        hooks: { onMaster: ['/bin/sh', '-c', 'true'] },
      },
    },
  };
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(file));
  return path;
};

describe.runIf(refusal === undefined)('keepaloft-agent doctor', () => {
  it('of a host that reaches nothing says what, and ends with 2', async () => {
    const path = configuration();
    const { code, stdout, stderr } = await doctor('--config', path);
    expect([code, stderr]).toEqual([2, '']);
    expect(stdout).toMatch(/✗ the instance metadata service does not answer: .*\[imds-unreachable\]\n/u);
    expect(stdout).toContain('✗ no agent runs here, or it hangs  [agent-not-running]\n');
    expect(stdout).toContain('– 127.0.0.1: not asked, for there is nothing to sign with: ');
    expect(stdout).toContain(`✓ ${path}: group mysql\n`);
    expect(stdout).toContain('✓ hook onMaster of mysql: /bin/sh can be run\n');
  });

  it('as a document has its version, and each finding its code', async () => {
    const { code, stdout } = await doctor('--config', '/nonexistent', '--json');
    const schema = z.object({
      v: z.literal(1),
      node: z.null(),
      verdict: z.literal('bad'),
      findings: z.array(z.object({ code: z.string() })),
    });
    const codes = schema.parse(JSON.parse(stdout)).findings.map((finding) => finding.code);
    expect([code, codes.filter((one) => one !== 'not-root')]).toEqual([
      2,
      ['imds-unreachable', 'not-configured', 'agent-not-running'],
    ]);
  });

  it('refuses what it does not know: 64', async () => {
    const { code, stderr } = await doctor('--nonsense');
    expect(code).toBe(64);
    expect(stderr).toContain("Unknown option '--nonsense'");
  });
});
