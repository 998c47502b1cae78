/** What stands in for checks and hooks on hosts that have nothing of what they look at. Pure. */
import { type CheckConfig, type GroupFile, type HostCheck, isAlarmCheck } from '../../core/wire/config.ts';
import { HTTP_PORT } from '../supervisor/plan.ts';

/** Every host of the lab has it. */
const INTERFACE = 'eth0';
/** By Debian's policy it is on no machine: a file below it counts as 0. */
const NO_FILE = '/nonexistent/number';
const SERVICE = `127.0.0.1:${HTTP_PORT}`;

type Hooks = GroupFile['hooks'];

/** How often it is made and what it weighs: that stays. */
const manner = ({ interval, timeout, fall, rise, weight, reverse, initFail }: HostCheck) => ({
  interval,
  timeout,
  fall,
  rise,
  weight,
  ...(reverse === undefined ? {} : { reverse }),
  initFail,
});

/** A check, and in words what it looks at instead; undefined: it is left out. */
interface StandIn {
  readonly check?: CheckConfig;
  readonly words: string;
}

const standIn = (check: CheckConfig, program: string): StandIn => {
  if (isAlarmCheck(check)) return { words: 'is left out: CloudWatch has no such alarm' };
  if ('script' in check)
    return {
      check: { script: [program, check.script[0] ?? ''], ...manner(check) },
      words: `runs ${program} instead of ${check.script[0] ?? ''}`,
    };
  if ('interface' in check)
    return {
      check: { interface: INTERFACE, ...manner(check) },
      words: check.interface === INTERFACE ? '' : `looks at ${INTERFACE}`,
    };
  if ('ping' in check)
    return {
      check: { ...check, ping: 'gateway' },
      words: check.ping === 'gateway' ? '' : 'pings the gateway',
    };
  if ('file' in check)
    return { check: { file: NO_FILE, ...manner(check) }, words: 'finds no file, which counts as 0' };
  return { check: { tcp: SERVICE, ...manner(check) }, words: "asks the lab's own service" };
};

/** Checks by name, and what is said about those that look at something else. */
export const standInChecks = (
  checks: GroupFile['checks'],
  program: string,
): { readonly checks: GroupFile['checks']; readonly words: string[] } => {
  const all = Object.entries(checks).map(([name, check]) => ({ name, ...standIn(check, program) }));
  return {
    checks: Object.fromEntries(
      all.flatMap(({ name, check }) => (check === undefined ? [] : [[name, check]])),
    ),
    words: all.filter(({ words }) => words !== '').map(({ name, words }) => `${name} ${words}`),
  };
};

/** The same program for each, with the name of what it stands for. */
export const standInHooks = (
  hooks: Hooks,
  program: string,
): { readonly hooks: Hooks; readonly words: string[] } => {
  const named = Object.entries(hooks).flatMap(([name, argv]) =>
    Array.isArray(argv) ? [[name, [program, argv[0] ?? '']] as const] : [],
  );
  return {
    hooks: { ...hooks, ...Object.fromEntries(named) },
    words: named.map(([name, [, path]]) => `${name} runs ${program} instead of ${path}`),
  };
};
