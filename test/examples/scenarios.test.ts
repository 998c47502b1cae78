// Proves that each example's own story holds in the lab with real services, and that these end with it whatever happens.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import { launchLab } from '../../lab/control/launch.ts';
import { startTicksOf } from '../../lab/processes.ts';
import { loadScenario } from '../../lab/scenario/file.ts';
import { daemonsIn } from '../../lab/scenario/services.ts';
import { EXAMPLE_PROGRAMS, findProgram, missingSentence } from '../../scripts/setup/programs.mjs';
import { leftoversOf, parentOf } from '../e2e/lab/inside.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const keepaloft = fileURLToPath(new URL('../../cli/keepaloft', import.meta.url));
const SCENARIO_MS_MAX = 170_000;
const POLL_MS = 50;
/** As the kernel knows the programs of the example. */
const NAMES = ['mariadbd', 'redis-server', 'busybox'];

const scenarioOf = (example: string): string => join(EXAMPLES, example, 'scenario.yaml');
const examples = readdirSync(EXAMPLES).filter((example) => existsSync(scenarioOf(example)));
/** Played by a test of its own, which looks at more than its story. */
const APART = 'edge-bfd';

/** Skips where a program that a scenario calls is missing: an ordinary user cannot install it. */
const needsPrograms = (example: string, context: Pick<TestContext, 'skip'>): void => {
  const { scenario } = loadScenario(scenarioOf(example));
  const called = new Set([
    ...Object.values(scenario.lab.services).map(({ run }) => run[0]),
    ...scenario.steps.map(({ run }) => run?.argv[0]),
  ]);
  const missing = EXAMPLE_PROGRAMS.filter(({ name }) => called.has(name) && findProgram(name) === undefined);
  if (missing.length > 0) context.skip(missingSentence(missing));
};

const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);

describe('an example', () => {
  it('is there to be played', () =>
    expect(examples).toEqual(
      expect.arrayContaining(['mysql-redis-mongodb', 'overlay-route-eip', 'tomcat-l2', 'edge-bfd']),
    ));

  // The bounds in the scenarios are for a machine with nothing else to do: each may be played a second time.
  it.for(examples.filter((example) => example !== APART))(
    '%s tells its story to the end: all it expects holds',
    { retry: 1 },
    async (example, context) => {
      needsPrograms(example, context);
      // A failing command rejects with what it printed: the step that did not hold is in it.
      const played = promisify(execFile)(keepaloft, ['lab', 'run', scenarioOf(example)], {
        timeout: SCENARIO_MS_MAX,
      });
      await expect(played).resolves.toBeDefined();
    },
  );
});

describe('real services', () => {
  it('run on every host, and are gone with a lab whose supervisor is killed', async (context) => {
    needsPrograms('mysql-redis-mongodb', context);
    const { scenario, config } = loadScenario(scenarioOf('mysql-redis-mongodb'));
    const folder = mkdtempSync(join(tmpdir(), 'keepaloft-examples-'));
    writeFileSync(join(folder, 'keepaloft.yaml'), config ?? '');
    const info = await launchLab({
      config: join(folder, 'keepaloft.yaml'),
      services: daemonsIn(scenario.lab.services),
    }).finally(() => rmSync(folder, { recursive: true }));
    // Not by the lab's mark in their environment: Redis writes its title over that.
    const nameOf = (pid: number): string => readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    const children = childrenOf(info.pid).map((pid) => ({ pid, name: nameOf(pid) }));
    const services = children.filter(({ name }) => NAMES.includes(name));
    for (const name of NAMES)
      expect(services.filter((one) => one.name === name)).toHaveLength(info.hosts.length);
    process.kill(info.pid, 'SIGKILL');
    await expect.poll(() => leftoversOf(info), { timeout: 20_000, interval: POLL_MS }).toEqual([]);
    expect(services.filter(({ pid }) => startTicksOf(pid) !== null)).toEqual([]);
  });
});
