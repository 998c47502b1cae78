/** notify_master and the like: a hook, or the move of an address that is the arbiter's business. */

import { isRunner, notRunnable, programOf, putThere } from './commands.ts';
import type { Context } from './context.ts';
import { type Move, movesIn } from './moves.ts';
import { argvOf } from './text.ts';
import { keywordOf, type Statement } from './tree.ts';

export type HookName = 'onMaster' | 'onBackup' | 'onFault' | 'onStop' | 'notify';

const HOOKS: Readonly<Record<string, HookName>> = {
  notify_master: 'onMaster',
  notify_backup: 'onBackup',
  notify_fault: 'onFault',
  notify_stop: 'onStop',
  notify: 'notify',
};
export const hookNameOf = (keyword: string): HookName | undefined =>
  Object.hasOwn(HOOKS, keyword) ? HOOKS[keyword] : undefined;

export interface Hook {
  readonly name: HookName;
  readonly argv: readonly string[];
  readonly statement: Statement;
}
export interface Found {
  readonly hook?: Hook;
  readonly moves: readonly Move[];
}

const ARGV_MAX = 32;
const WORD_CHARS_MAX = 4096;
const STATES = /^(?:MASTER|BACKUP|FAULT|STOP)$/iu;

const NEVER_A_HOOK =
  'the arbiter moves the address, and no host may; whatever else the script does must become a hook without it';

/** The files that a command line runs. */
const filesOf = (argv: readonly string[]): string[] =>
  isRunner(argv[0]) ? argv.slice(0, 4).filter((word) => !word.startsWith('-')) : argv.slice(0, 1);

/**
 * One notify line.
 * @returns the hook, or which moves it makes; neither when somebody must look. The report says which.
 */
export const notifyOf = (statement: Statement, name: HookName, context: Context): Found => {
  const { ledger, programs } = context;
  const human = (why: string): void => ledger.mark(statement.places, 'human', why);
  const [, first, user] = statement.words;
  const command = first?.text ?? '';
  const argv = argvOf(command);
  const texts = filesOf(argv).flatMap((path) => programs.textsOf(path));
  const moves = movesIn([command, ...texts].join('\n'));
  if (moves.length > 0) {
    const calls = moves.map(({ call }) => call).join(', ');
    ledger.mark(statement.places, 'mapped', `no hook, for it calls ${calls}: ${NEVER_A_HOOK}`);
    return { moves };
  }
  const refusal = notRunnable(command, argv);
  if (refusal !== undefined || argv.length > ARGV_MAX || argv.some((word) => word.length > WORD_CHARS_MAX)) {
    human(refusal ?? `a hook has at most ${ARGV_MAX} words of ${WORD_CHARS_MAX} characters`);
    return { moves };
  }
  if (user !== undefined && STATES.test(user.text)) {
    human(
      `keepalived takes ${user.text} for a user's name, for it is outside of quotes; is it meant as an argument?`,
    );
  } else if (user !== undefined && user.text !== 'root') {
    human(`hooks run as the agent's own user, root, and not as ${user.text}`);
  }
  if (texts.length === 0) {
    human(
      `${argv[0] ?? ''} is not here to be looked into: if it moves an address in the cloud, take the hook out`,
    );
  }
  const [path = '', ...args] = programOf(argv);
  const place = programs.placeOf(path);
  const put = place === path ? '' : `; ${putThere(place)}`;
  const arguments_ =
    name === 'notify' ? '' : ', and gets INSTANCE name STATE priority behind its own arguments';
  ledger.mark(statement.places, 'mapped', `hooks.${name}${arguments_}${put}`);
  return { hook: { name, argv: [place, ...args], statement }, moves };
};

export const isNotify = (statement: Statement): boolean => hookNameOf(keywordOf(statement)) !== undefined;
