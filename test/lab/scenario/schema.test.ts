// Proves that scenario files are read strictly, with line and column, and that all that come with the lab are right.
import { describe, expect, it } from 'vitest';
import { DocumentError } from '../../../core/wire/document.ts';
import type { LabError } from '../../../lab/errors.ts';
import { loadScenario, parseScenario, scenarioNames } from '../../../lab/scenario/file.ts';

const head = 'name: x\ndescription: y\nsteps:\n';
const complaintsOf = (text: string): string => {
  try {
    parseScenario('s.yaml', text);
  } catch (error) {
    if (error instanceof DocumentError) {
      return error.message;
    }
    throw error;
  }
  return '';
};

describe('a scenario file', () => {
  it('becomes a scenario: durations in milliseconds, defaults filled in', () => {
    const { scenario, config } = parseScenario(
      's.yaml',
      `${head}  - wait: { held: demo }\n  - sleep: 1.5s\n  - fault: { kind: kill, target: holder, for: 200ms }\n  - run: { on: client, argv: [ping] }`,
    );
    expect(scenario.steps).toEqual([
      { wait: { held: 'demo', timeout: 20_000 } },
      { sleep: 1500 },
      { fault: { kind: 'kill', target: 'holder', for: 200 } },
      { run: { on: 'client', argv: ['ping'], exit: 0 } },
    ]);
    expect(scenario.lab).toEqual({ services: {} });
    expect(config).toBeNull();
  });

  it("hands on a lab's configuration as it was written", () => {
    const groups =
      'a: { vips: [{ address: 172.31.0.201, fabric: secondary-ip }], members: [{ instance: i-00000001 }], timing: { heartbeat: 2s } }';
    const { config } = parseScenario(
      's.yaml',
      `name: x\ndescription: y\nlab: { hosts: 3, config: { version: 1, groups: { ${groups} } } }\nsteps: [{ sleep: 1s }]`,
    );
    expect(JSON.parse(config ?? '')).toMatchObject({
      version: 1,
      groups: { a: { timing: { heartbeat: '2s' } } },
    });
  });

  const serving = (service: string): string =>
    `name: x\ndescription: y\nlab:\n  services:\n${service}\nsteps: [{ sleep: 1s }]`;

  it('names real services, and what the client asks them', () => {
    const redis =
      "    redis: { package: redis-tools, run: [redis-check-rdb], as: redis-server, ask: { port: 6379, answer: '(?<host>h)' } }";
    expect(parseScenario('s.yaml', serving(redis)).scenario.lab.services).toEqual({
      redis: {
        package: 'redis-tools',
        files: {},
        run: ['redis-check-rdb'],
        as: 'redis-server',
        ask: { vips: 'first', port: 6379, send: '', answer: '(?<host>h)' },
      },
    });
  });

  it.each([
    ['the name of a program of every lab', '    agent: { package: xy, run: [x] }', 'programs of every lab'],
    [
      'a file in another folder',
      '    web: { package: xy, run: [x], files: { ../x: y } }',
      'a file is named without a folder',
    ],
    ['a shell line', '    web: { package: xy, run: httpd -f }', 'a list: the program and its arguments'],
    [
      'an answer that does not say who gave it',
      '    web: { package: xy, run: [x], ask: { port: 80, answer: OK } }',
      'must say who answered',
    ],
    [
      'an answer that is no expression',
      "    web: { package: xy, run: [x], ask: { port: 80, answer: '(?<host>' } }",
      'a regular expression',
    ],
  ])('refuses a service with %s', (_name, service, complaint) => {
    expect(complaintsOf(serving(service))).toContain(complaint);
  });

  it.each([
    ['an unknown key', '  - wait: { hold: demo }', /^s\.yaml:4:\d+: steps\.0\.wait\.hold: unknown key$/u],
    [
      'an unknown fault',
      '  - fault: { kind: explode, target: all }',
      /^s\.yaml:4:20: steps\.0\.fault\.kind: /u,
    ],
    ['a duration without a unit', '  - sleep: 5', /^s\.yaml:4:12: steps\.0\.sleep: a duration/u],
    ['a duration that nobody waits for', '  - sleep: 2h', /^s\.yaml:4:12: steps\.0\.sleep: a duration/u],
    [
      'two things in one step',
      '  - sleep: 1s\n    probe: start',
      /^s\.yaml:4:5: steps\.0: a step is exactly one of/u,
    ],
    ['a step of nothing', '  - {}', /^s\.yaml:4:5: steps\.0: a step is exactly one of/u],
    [
      'a shell line',
      '  - run: { on: shell, argv: "rm -rf x" }',
      /^s\.yaml:4:29: steps\.0\.run\.argv: a list/u,
    ],
  ])('with %s is refused where it stands', (_name, step, complaint) => {
    expect(complaintsOf(head + step)).toMatch(complaint);
  });

  it('without steps is refused', () => {
    expect(complaintsOf('name: x\ndescription: y\nsteps: []')).toContain('steps');
  });
});

describe("the lab's own scenarios", () => {
  it('are the ones that the documentation names', () => {
    expect(scenarioNames()).toEqual([
      'arbiter-blackout',
      'clean-stop',
      'cut-host',
      'cut-peers',
      'ec2-throttle',
      'foreign-addr-del',
      'foreign-assign',
      'kill-holder',
      'service-death',
    ]);
  });

  it.each(scenarioNames())('%s is right, bears its own name and expects something', (name) => {
    const { scenario } = loadScenario(name);
    expect(scenario.name).toBe(name);
    expect(scenario.steps.some((step) => step.expect !== undefined)).toBe(true);
  });

  it('one that does not exist is refused with the names of those that do', () => {
    const remedy = expect.stringContaining('kill-holder') as string;
    expect(() => loadScenario('nothing-such')).toThrow(
      expect.objectContaining({ name: 'LabError', code: 'no-such-scenario', remedy }) as LabError,
    );
  });
});
