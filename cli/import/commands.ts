/** What the command line of a check comes to: the check that it means, or a program of its own. Pure but for the programs' text. */
import { basename } from 'node:path';
import { smellsOf } from '../../agent/doctor/script-smells.ts';
import type { Context } from './context.ts';
import { holdsSecret } from './ledger.ts';
import { argvOf, needsShell } from './text.ts';
import type { Fields } from './words.ts';

export interface Command {
  /** undefined: there is none to write. */
  readonly check?: Fields;
  /** Somebody must look, even where there is a check. */
  readonly human?: string;
  readonly note?: string;
}

/** bash's way to see whether a port answers, with or without bash around it. */
const DEV_TCP =
  /^(?:(?:\/\S+\/)?bash\s+-c\s+)?["']?\s*(?::\s*|exec\s+\d*)?<\s*\/dev\/tcp\/(?<host>[^/\s"']+)\/(?<port>\d{1,5})\s*["']?$/u;
const PROCESS_CHARS_MAX = 15;

const tcp = (host = '', port = ''): Command => ({
  check: { tcp: `${host === 'localhost' ? '127.0.0.1' : host}:${port}` },
  note: 'the agent connects by itself, without a program',
});

const process = (name = ''): Command | undefined =>
  name.length > PROCESS_CHARS_MAX || name.startsWith('-')
    ? undefined
    : { check: { process: name }, note: 'the agent looks for the process by itself, without a program' };

const netcat = (args: readonly string[]): Command | undefined => {
  const [host, port, ...more] = args.filter(
    (arg, index) => !arg.startsWith('-') && !/^-\w*w$/u.test(args[index - 1] ?? ''),
  );
  const isProbe = args.some((arg) => /^-\w*z/u.test(arg)) && !args.some((arg) => /^-\w*u/u.test(arg));
  return isProbe && more.length === 0 && /^\d{1,5}$/u.test(port ?? '') ? tcp(host, port) : undefined;
};

/** `ping -c 3 -W 1 10.0.0.1` fails when no answer came at all. */
const ping = (args: readonly string[], context: Context): Command | undefined => {
  const [, count = '1', address] =
    /^(?:-[qn]+ )*(?:-[wWi] ?[\d.]+ |-[qn]+ )*-c ?(\d{1,3}) (?:-[wWi] ?[\d.]+ |-[qn]+ )*(\d+\.\d+\.\d+\.\d+)$/u.exec(
      args.join(' '),
    ) ?? [];
  const check = { ping: address, count: Number(count), loss: 100 };
  return address !== undefined && context.words.ping && context.words.takesCheck(check)
    ? { check, note: 'the agent sends the requests by itself, without a program' }
    : undefined;
};

/** What a command line means that needs no program here. */
const meant = ([program = '', ...args]: readonly string[], context: Context): Command | undefined => {
  const [first, second] = args;
  switch (basename(program)) {
    case 'killall':
      return args.length === 2 && (first === '-0' || first === '-s0') ? process(second) : undefined;
    case 'pidof':
      return args.length === 1 ? process(first === undefined ? undefined : basename(first)) : undefined;
    case 'pgrep':
      return args.length === 2 && first === '-x' ? process(second) : undefined;
    case 'nc':
    case 'ncat':
    case 'netcat':
      return netcat(args);
    case 'ping':
      return ping(args, context);
    default:
      return undefined;
  }
};

const smellOf = (path: string, context: Context): string | undefined => {
  const text = context.programs.shellTextOf(path);
  if (text === undefined) return undefined;
  const told = smellsOf(text).map(({ kind, line, message, fix }) => {
    const what = kind === 'never-fails' ? 'it can never fail' : 'it never recovers';
    return `${what}: line ${line} of ${path}: ${message}; ${fix}`;
  });
  return told.length === 0 ? undefined : told.join('; ');
};

const NEEDS_SHELL = 'it needs a shell, and none is used here: put it into a script, and name that';
/** Programs that are only there to run the one behind them. */
const RUNNER = /(?:^|\/)(?:ba|da|k|z)?sh$|(?:^|\/)(?:sudo|nohup|python[\d.]*|perl|env)$/u;
export const isRunner = (program = ''): boolean => RUNNER.test(program);
/** Without what only runs it: `/bin/bash /opt/check.sh` as `/opt/check.sh`, whose first line must say the same. */
export const programOf = (argv: readonly string[]): readonly string[] =>
  isRunner(argv[0]) ? argv.slice(1) : argv;
export const putThere = (place: string): string =>
  `it, or a script that runs it, must lie in ${place} on every member`;

/** Why a command line cannot be run as it is, or undefined. */
export const notRunnable = (command: string, argv: readonly string[]): string | undefined => {
  if (needsShell(command) || (isRunner(argv[0]) && programOf(argv)[0]?.startsWith('/') !== true))
    return NEEDS_SHELL;
  if (holdsSecret(command))
    return 'there is a secret on the command line: put it into a file that only root may read';
  if (programOf(argv)[0]?.startsWith('/') !== true) return 'the program must be named absolutely';
  return undefined;
};

/** @param command of vrrp_script */
export const commandCheck = (command: string, context: Context): Command => {
  const port = DEV_TCP.exec(command.trim())?.groups;
  if (port !== undefined) return tcp(port['host'], port['port']);
  const argv = argvOf(command);
  const refusal = notRunnable(command, argv);
  const known = needsShell(command) ? undefined : meant(argv, context);
  if (known?.check !== undefined && context.words.takesCheck(known.check)) return known;
  if (refusal !== undefined) return { human: refusal };
  const [path = '', ...args] = programOf(argv);
  const place = context.programs.placeOf(path);
  const check = { script: [place, ...args] };
  if (!context.words.takesCheck(check)) return { human: 'it has too many words, or too long ones' };
  const smell = smellOf(path, context);
  const isHere = context.programs.textOf(path) !== undefined;
  const notes = [
    ...(place === path ? [] : [putThere(place)]),
    ...(isHere ? [] : ['it is not here to be looked into']),
  ];
  return {
    check,
    ...(smell === undefined ? {} : { human: smell }),
    ...(notes.length === 0 ? {} : { note: notes.join('; ') }),
  };
};
