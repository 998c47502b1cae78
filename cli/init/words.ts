/** Reads what is said on the command line or in answer to a question; what is wrong is refused with the form that is right. */
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import type { Plan, PlannedMember } from './document.ts';

const PRIORITY_FIRST = 200;
const PRIORITY_STEP = 50;
const PRIORITY_LEAST = 50;

const wrong = (what: string, remedy: string): CliError =>
  new CliError('bad-words', what, { remedy, exitCode: EXIT.usage });

/** `a b, c` as three words. */
export const wordsIn = (text: string): string[] => text.split(/[\s,]+/u).filter((word) => word !== '');

/** The first is preferred, and the others in their order. */
const priorityAt = (index: number): number =>
  Math.max(PRIORITY_LEAST, PRIORITY_FIRST - PRIORITY_STEP * index);

/** `i-0123456789abcdef0` or `i-0123456789abcdef0:150`. @throws CliError `bad-words` */
export const memberIn = (word: string, index: number): PlannedMember => {
  const [, instance, priority] = /^(i-[0-9a-f]{8,17})(?::(\d{1,3}))?$/u.exec(word) ?? [];
  if (instance === undefined) {
    throw wrong(
      `'${word}' is no member`,
      'name an instance, with its priority if you like: i-0123456789abcdef0:150',
    );
  }
  return { instance, priority: priority === undefined ? priorityAt(index) : Number(priority) };
};

/** `mysqld=tcp:127.0.0.1:3306`. @throws CliError `bad-words` */
export const checkIn = (word: string): Plan['checks'][number] => {
  const [, name, kind, value] =
    /^([a-zA-Z][\w-]{0,31})=(tcp|http|process|script|interface|ping|file):(.+)$/u.exec(word) ?? [];
  if (name === undefined || kind === undefined || value === undefined) {
    const forms = 'mysqld=tcp:127.0.0.1:3306, web=http:http://127.0.0.1/health, redis=process:redis-server';
    throw wrong(`'${word}' is no check`, `say NAME=KIND:WHAT, for example ${forms}`);
  }
  return { name, kind, value };
};

/** `role=db`. @throws CliError `bad-words` */
export const tagIn = (word: string): { key: string; value: string } => {
  const [, key, value] = /^([^=]{1,128})=(.{0,256})$/u.exec(word) ?? [];
  if (key === undefined || value === undefined) throw wrong(`'${word}' is no tag`, 'say KEY=VALUE: role=db');
  return { key, value };
};
