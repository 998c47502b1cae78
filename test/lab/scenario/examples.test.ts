// Proves that the scenarios of the examples are right: their groups, their services, and that they know an answer when they see one.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { keepaloftFileSchema } from '../../../core/wire/config.ts';
import { readDocument } from '../../../core/wire/document.ts';
import type { LabError } from '../../../lab/errors.ts';
import { loadScenario } from '../../../lab/scenario/file.ts';
import { planOf } from '../../../lab/supervisor/plan.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples', import.meta.url));
const scenarioOf = (example: string): string => join(EXAMPLES, example, 'scenario.yaml');
const examples = readdirSync(EXAMPLES).filter((example) => existsSync(scenarioOf(example)));

/** What the services said when they were asked by hand: MariaDB 10.11.19, Redis 7.0.15, busybox 1.35. */
const answers: Record<string, string> = {
  mysql:
    'O\0\0\0\n10.11-host1\0\u0005\0\0\0SNlWOf3j\0\u00fe\u00f7\b\u0002\0\u00ff\u0081\u0015\0\0\0\0\0\0\u001d\0\0\0>4)nph<.qp_l\0mysql_native_password\0',
  redis: '+PONG\r\n*2\r\n$19\r\nreplica-announce-ip\r\n$5\r\nhost1\r\n',
  mongodb:
    'HTTP/1.1 200 OK\r\nDate: Sat, 28 Nov 2026 23:55:35 GMT\r\nConnection: close\r\nContent-type: text/html\r\nAccept-Ranges: bytes\r\nLast-Modified: Sat, 28 Nov 2026 23:55:29 GMT\r\nETag: "6b0b69f1-6"\r\nContent-Length: 6\r\n\r\nhost1\n',
};

describe.each(examples)('examples/%s', (example) => {
  const { scenario, config } = loadScenario(scenarioOf(example));

  it('is played on the hosts and groups of its own keepaloft.yaml', () => {
    expect(scenario.name).toBe(example);
    const path = join(EXAMPLES, example, scenario.lab.configFile ?? '');
    const file = readDocument(path, config ?? '', keepaloftFileSchema);
    expect(planOf({ config: path, ackMs: 0, propagationMs: 0 }).file).toEqual(file);
    for (const [name, { ask }] of Object.entries(scenario.lab.services))
      expect(Object.keys(file.groups)).toContain(ask?.group ?? name);
    expect(scenario.steps.some((step) => step.expect !== undefined)).toBe(true);
  });
});

describe('the answers of real services', () => {
  const { services } = loadScenario(scenarioOf('mysql-redis-mongodb')).scenario.lab;

  it.each(Object.keys(answers))(
    '%s: the whole one says who gave it, and none of its beginnings names another',
    (name) => {
      const answer = answers[name] ?? '';
      const pattern = new RegExp(services[name]?.ask?.answer ?? '', 'u');
      expect(pattern.exec(answer)?.groups?.['host']).toBe('host1');
      const seen = Array.from(answer, (_, length) => pattern.exec(answer.slice(0, length))?.groups?.['host']);
      expect(new Set(seen.filter((host) => host !== undefined && host !== 'host1'))).toEqual(new Set());
    },
  );

  it.each([
    ['redis', '-LOADING Redis is loading the dataset in memory\r\n'],
    ['mongodb', 'HTTP/1.1 404 Not Found\r\n\r\nhost1\n'],
    ['mysql', "\u0004Host '172.31.0.100' is not allowed to connect to this MariaDB server"],
  ])('%s: another answer is none', (name, answer) => {
    expect(new RegExp(services[name]?.ask?.answer ?? '', 'u').test(answer)).toBe(false);
  });
});

describe('a scenario with a file of groups beside it', () => {
  it('hands it on as it stands there, and is refused without it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'keepaloft-scenario-'));
    const path = join(folder, 'scenario.yaml');
    const text = 'name: x\ndescription: y\nlab: { configFile: groups.yaml }\nsteps: [{ sleep: 1s }]';
    try {
      writeFileSync(path, text);
      expect(() => loadScenario(path)).toThrow(
        expect.objectContaining({ code: 'config-unreadable' }) as LabError,
      );
      writeFileSync(join(folder, 'groups.yaml'), '# as written\nversion: 1\n');
      expect(loadScenario(path).config).toBe('# as written\nversion: 1\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
