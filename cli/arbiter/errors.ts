/** What went wrong between the command and the arbiter, as a cause, a remedy and an exit code. */
import { errorBodySchema } from '../../core/wire/heartbeat.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import type { Target } from './target.ts';

/** AWS refuses a signature whose time is further off than this. */
const SIGNATURE_MS_MAX = 300_000;

export interface Reply {
  readonly status: number;
  readonly body: string;
  /** The `Date` header; undefined when there is none. */
  readonly date: string | undefined;
}

const goesOn = 'the groups go on without this command';

const causeOf = (error: unknown): string => {
  let words = String(error);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'TimeoutError') return 'no answer in time';
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    words = cause.message;
  }
  return words;
};

/** Nothing came back. */
export const unreachable = (target: Pick<Target, 'name' | 'url'>, cause: unknown): CliError =>
  new CliError('arbiter-unreachable', `the arbiter ${target.name} does not answer: ${causeOf(cause)}`, {
    remedy: `check the endpoint ${target.url.origin}, the network and the proxy; ${goesOn}`,
    exitCode: EXIT.unreachable,
    cause,
  });

/** There is nothing to sign with. */
export const noCredentials = (cause: unknown): CliError =>
  new CliError('no-credentials', `there are no credentials to sign with: ${causeOf(cause)}`, {
    remedy: 'sign in (for example `aws sso login`), or name a profile: --profile NAME',
    exitCode: EXIT.denied,
    cause,
  });

const clockErrorMs = (date: string | undefined): number => {
  const theirs = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(theirs) ? 0 : Math.abs(Date.now() - theirs);
};

const denied = ({ date }: Reply, message: string | undefined): CliError => {
  const isClock = clockErrorMs(date) > SIGNATURE_MS_MAX;
  const remedy = isClock
    ? 'the clock of this machine is more than five minutes off: correct it'
    : 'these credentials may not operate it: use others (--profile NAME), or allow execute-api:Invoke on POST /v1/admin';
  const said = message === undefined ? 'the arbiter refuses the credentials' : message;
  return new CliError('denied', said, { remedy, exitCode: EXIT.denied });
};

/** What to do about a refusal by the rules. */
const remedies: Readonly<Record<string, string>> = {
  Paused: 'resume it first: keepaloft resume GROUP',
  EpochMismatch: 'look at `keepaloft status`, then decide again',
  NotHeld: 'look at `keepaloft status --watch`, and order it again when the group is held',
  NoStandby: 'bring a standby back first: `keepaloft status` says what each one lacks',
  NotEligible: '`keepaloft status` says what it lacks',
};

interface Verdict {
  readonly exitCode: number;
  readonly remedy: string;
}

const verdictOn = (status: number, code: string, requestId: string | undefined): Verdict => {
  if (status === 409)
    return {
      exitCode: EXIT.refused,
      remedy: remedies[code] ?? 'nothing has changed; see `keepaloft status`',
    };
  if (code === 'UnknownGroup')
    return { exitCode: EXIT.usage, remedy: '`keepaloft status` lists the groups that there are' };
  if (status < 500) {
    const remedy = 'correct the request; or this command and the arbiter are of different versions';
    return { exitCode: EXIT.usage, remedy };
  }
  const inLog = requestId === undefined ? '' : `; its log has the cause under ${requestId}`;
  const remedy = `an order may have been taken: look at \`keepaloft status\`${inLog}`;
  return { exitCode: EXIT.unreachable, remedy };
};

const documentIn = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
};

/** An answer that is none. */
export const errorIn = (reply: Reply, target: Pick<Target, 'name' | 'url'>): CliError => {
  const parsed = errorBodySchema.safeParse(documentIn(reply.body));
  const said = parsed.success ? parsed.data.error : undefined;
  if (reply.status === 401 || reply.status === 403) return denied(reply, said?.message);
  if (said !== undefined) {
    return new CliError(said.code, said.message, verdictOn(reply.status, said.code, said.requestId));
  }
  const what = reply.status === 404 ? 'has no route for operators' : `answered ${reply.status}`;
  return new CliError('arbiter-unreachable', `the arbiter ${target.name} ${what}`, {
    remedy: `check that ${target.url.origin} is its endpoint and that it is of this version; ${goesOn}`,
    exitCode: EXIT.unreachable,
  });
};

/** An answer in a form that this version does not know. */
export const strangeAnswer = (target: Pick<Target, 'name'>, cause: unknown): CliError =>
  new CliError('strange-answer', `the arbiter ${target.name} answered in a form this version does not know`, {
    remedy: 'use the command of the same version as the arbiter',
    exitCode: EXIT.unreachable,
    cause,
  });
