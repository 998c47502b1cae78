/** Runs an operator's programs when a group changes its state: in order, one at a time, within bounds. */
import { durationMs } from '../../core/time.ts';
import type { HooksConfig } from '../../core/wire/config.ts';
import { messageOf } from '../errors.ts';
import { trustedExecutable } from '../host/executable.ts';
import { lastLine, PATH_MINIMAL, type RunResult, runProgram } from '../host/run.ts';
import type { Log } from '../log.ts';
import type { Prepared } from '../loop/ports.ts';
import { type BoundedQueue, createQueue } from './queue.ts';

/** The words are keepalived's: existing notify scripts compare with them. */
export type HookState = 'MASTER' | 'BACKUP' | 'FAULT' | 'STOP';

/** What happened, as the hooks are told. */
export interface HookEvent {
  readonly group: string;
  readonly state: HookState;
  readonly epoch: number;
  /** Effective priority. */
  readonly priority: number;
  readonly vips: readonly string[];
}

export interface HookRunner {
  /** Queues the hooks of this event and returns at once. Never throws. */
  readonly notify: (event: HookEvent, hooks: HooksConfig) => void;
  /**
   * Runs the hook of a candidate behind those of its group that run and wait already, and resolves when it has ended, or
   * has been superseded. Never rejects.
   */
  readonly beforeMaster: (event: Omit<HookEvent, 'state'>, hooks: HooksConfig) => Promise<Prepared>;
  /**
   * Runs the hook of a holder that is about to let go, at once and beside whatever else runs, and resolves when it has ended,
   * at its limit at the latest. Never rejects.
   */
  readonly beforeRelease: (event: Omit<HookEvent, 'state'>, hooks: HooksConfig) => Promise<void>;
  /** Resolves when all hooks of all groups have run, or after `timeoutMs`; says which of both. */
  readonly idle: (timeoutMs: number) => Promise<'idle' | 'timeout'>;
}

/** How a hook ended. `code` is null when it did not exit by itself, or was not run. */
export interface EndedHook {
  readonly group: string;
  readonly hook: string;
  readonly state: string;
  readonly epoch: number;
  readonly ok: boolean;
  readonly code: number | null;
  readonly durationMs: number;
}

export interface HookDeps {
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Told of each hook that has ended, or was not run. It must not throw. */
  readonly onEnded?: (ended: EndedHook) => void;
  /** Which file is run for a path; replaced in tests. */
  readonly trusted?: (path: string) => Promise<string>;
}

/** States that wait behind a slow hook, a group. Beyond, the oldest are superseded by the newer. */
export const WAITING_MAX = 8;
const KEEP_BYTES = 4096;
const OUTPUT_BYTES_MAX = 16_777_216;
const LINE_CHARS_MAX = 200;

/**
 * The arbiter waits three seconds for a holder to let go, and the holder hears of it up to a second later: what comes before
 * must leave time for the rest.
 */
export const RELEASE_MS_MAX = 1500;

const HOOK_OF = { MASTER: 'onMaster', BACKUP: 'onBackup', FAULT: 'onFault', STOP: 'onStop' } as const;

/** sysexits.h, EX_TEMPFAIL: not this host, not now. */
const EXIT_REFUSED = 75;

/** The words for hooks that keepalived has none for: not a state, but what comes before one. */
type Occasion = Omit<HookEvent, 'state'> & { readonly state: HookState | 'RELEASE' | 'PREPARE' };

interface Job {
  readonly event: Occasion;
  readonly hooks: HooksConfig;
}

interface StateJob extends Job {
  readonly event: HookEvent;
}

/** A candidate's: somebody waits for its end. */
interface PrepareJob extends Job {
  readonly argv: readonly string[];
  readonly done: (prepared: Prepared) => void;
}

type QueuedJob = StateJob | PrepareJob;
const isPreparation = (job: QueuedJob): job is PrepareJob => 'done' in job;

const outcomeOf = (run: RunResult | undefined): Prepared => {
  const { ended, code, durationMs: ms = 0 } = run ?? {};
  if (ended !== 'exit') return { outcome: 'failed', ms };
  return { outcome: code === 0 ? 'prepared' : code === EXIT_REFUSED ? 'refused' : 'failed', ms };
};

const environmentOf = ({ group, state, epoch, vips }: Occasion): Record<string, string> => ({
  PATH: PATH_MINIMAL,
  KEEPALOFT_GROUP: group,
  KEEPALOFT_STATE: state,
  KEEPALOFT_EPOCH: String(epoch),
  KEEPALOFT_VIPS: vips.join(' '),
});

/** keepalived's arguments, behind the configured ones: `INSTANCE name STATE priority`. */
const argumentsOf = ({ group, state, priority }: Occasion): string[] => [
  'INSTANCE',
  group,
  state,
  String(priority),
];

/**
 * A runner for all groups. Each group has its own queue, so a slow promotion of one database delays no other group.
 * Of an event, the hook for the state runs first, then `notify`.
 *
 * A hook runs as the agent's own user, for it usually has to start or promote services. Its file is held to the same
 * rules as a check's script, and it is killed with its process group at `hooks.timeout`; what it leaves running
 * after an orderly exit is its own business.
 */
export const createHookRunner = ({
  log,
  onEnded = () => undefined,
  trusted = trustedExecutable,
}: HookDeps): HookRunner => {
  const queues = new Map<string, BoundedQueue<QueuedJob>>();

  /** @returns undefined: it was not run at all */
  const runHook = async (
    hook: string,
    argv: readonly string[],
    { event, hooks }: Job,
  ): Promise<RunResult | undefined> => {
    const which = { group: event.group, state: event.state, epoch: event.epoch, hook };
    const fields = { ...which, program: argv[0] };
    try {
      const [program = '', ...args] = argv;
      const run = await runProgram({
        argv: [await trusted(program), ...args, ...argumentsOf(event)],
        timeoutMs: hooks.timeout,
        keepBytes: KEEP_BYTES,
        outputBytesMax: OUTPUT_BYTES_MAX,
        killLeftovers: false,
        env: environmentOf(event),
      });
      const { ended, code, signal, durationMs } = run;
      const good = ended === 'exit' && code === 0;
      const outcome = {
        ...fields,
        ended,
        code,
        durationMs,
        ...(signal === null ? {} : { signal }),
        ...(run.error === undefined ? {} : { error: messageOf(run.error) }),
        ...(run.output === '' ? {} : { lastLine: lastLine(run.output, LINE_CHARS_MAX) }),
      };
      if (good) log.info(outcome, 'hook ran');
      else if (event.state === 'PREPARE' && ended === 'exit' && code === EXIT_REFUSED)
        log.info(outcome, 'hook refused');
      else log.warn(outcome, 'hook failed');
      onEnded({ ...which, ok: good, code, durationMs });
      return run;
    } catch (error) {
      log.warn({ ...fields, error: messageOf(error) }, 'hook not run');
      onEnded({ ...which, ok: false, code: null, durationMs: 0 });
      return undefined;
    }
  };

  const runJob = async (job: QueuedJob): Promise<void> => {
    if (isPreparation(job)) {
      job.done(outcomeOf(await runHook('beforeMaster', job.argv, job)));
      return;
    }
    const own = HOOK_OF[job.event.state];
    for (const hook of [own, 'notify'] as const) {
      const argv = job.hooks[hook];
      if (argv !== undefined) await runHook(hook, argv, job);
    }
  };

  const queueOf = (group: string): BoundedQueue<QueuedJob> => {
    const known = queues.get(group);
    if (known !== undefined) return known;
    const queue = createQueue<QueuedJob>(runJob, WAITING_MAX, (job) => {
      const { state, epoch } = job.event;
      log.warn({ group, state, epoch }, 'hook skipped, newer states are waiting');
      if (isPreparation(job)) job.done({ outcome: 'failed', ms: 0 });
    });
    queues.set(group, queue);
    return queue;
  };

  return {
    notify: (event, hooks) => queueOf(event.group).push({ event, hooks }),
    beforeMaster: (event, hooks) => {
      const argv = hooks.beforeMaster;
      if (argv === undefined) return Promise.resolve({ outcome: 'prepared', ms: 0 });
      return new Promise((done) => {
        queueOf(event.group).push({ event: { ...event, state: 'PREPARE' }, hooks, argv, done });
      });
    },
    beforeRelease: async (event, hooks) => {
      const { beforeRelease, timeout } = hooks;
      if (beforeRelease === undefined) return;
      const bounded = { ...hooks, timeout: durationMs(Math.min(timeout, RELEASE_MS_MAX)) };
      await runHook('beforeRelease', beforeRelease, {
        event: { ...event, state: 'RELEASE' },
        hooks: bounded,
      });
    },
    idle: async (timeoutMs) => {
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<'timeout'>((resolve) => {
        timer = setTimeout(() => resolve('timeout'), timeoutMs);
      });
      const all = Promise.all([...queues.values()].map((queue) => queue.idle())).then((): 'idle' => 'idle');
      const outcome = await Promise.race([all, timeout]);
      clearTimeout(timer);
      return outcome;
    },
  };
};
