/** Check `script`: a program exits 0. It runs without a shell, as an unprivileged user, in its own process group. */
import { messageOf } from '../errors.ts';
import { trustedExecutable } from '../host/executable.ts';
import { lastLine, type RunResult, runProgram } from '../host/run.ts';
import { runAs, type User } from '../host/user.ts';
import { DETAIL_CHARS_MAX, fail, type Probe, pass } from './probe.ts';

const KEEP_BYTES = 4096;
const OUTPUT_BYTES_MAX = 1_048_576;
/** The scheduler's signal ends a run; this only makes sure that none is forgotten. */
const TIMEOUT_SLACK_MS = 1000;

export interface ScriptCheck {
  readonly script: readonly string[];
  readonly timeout: number;
}

/** How the host decides who runs what; replaced in tests. */
export interface ScriptDeps {
  readonly trusted: (path: string) => Promise<string>;
  readonly runAs: (user: string) => User | undefined;
}

const HOST: ScriptDeps = { trusted: trustedExecutable, runAs };

/** What the end of a run means in words: the program's own last line when it wrote one. */
const describe = (run: RunResult): string => {
  const said = lastLine(run.output, DETAIL_CHARS_MAX);
  const how: Record<RunResult['ended'], string> = {
    exit: run.signal === null ? `exit ${run.code}` : `killed by ${run.signal}`,
    timeout: `killed after ${run.durationMs} ms`,
    aborted: `killed after ${run.durationMs} ms`,
    overflow: `killed: it wrote more than ${OUTPUT_BYTES_MAX} bytes`,
    'not-started': `not started: ${messageOf(run.error ?? 'unknown')}`,
  };
  return said === '' ? how[run.ended] : `${how[run.ended]}: ${said}`;
};

/**
 * Passes when the program exits 0. Everything it started in its process group is killed when it ends, in time or
 * not. The file is examined before every run (see {@link trustedExecutable}), for it may have changed since.
 *
 * @param scriptUser who runs it; see {@link runAs} for what happens where that is not possible
 */
export const createScriptProbe = (
  { script, timeout }: ScriptCheck,
  scriptUser: string,
  deps: ScriptDeps = HOST,
): Probe => {
  const [program = '', ...args] = script;
  return async (signal) => {
    try {
      const user = deps.runAs(scriptUser);
      const path = await deps.trusted(program);
      const run = await runProgram({
        argv: [path, ...args],
        timeoutMs: timeout + TIMEOUT_SLACK_MS,
        keepBytes: KEEP_BYTES,
        outputBytesMax: OUTPUT_BYTES_MAX,
        killLeftovers: true,
        signal,
        ...(user === undefined ? {} : { user }),
      });
      return run.ended === 'exit' && run.code === 0 ? pass(describe(run)) : fail(describe(run));
    } catch (error) {
      return fail(messageOf(error));
    }
  };
};
