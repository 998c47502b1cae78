/**
 * A version that was installed over a running one is on trial until the arbiter has answered it once. Then the agent
 * says so in its state directory; until then three heartbeats without an answer end it, and the guard that runs before
 * the next start (`install/guard`) puts the previous version back.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from './errors.ts';
import { writeDurablySync } from './host/durable-file.ts';
import type { Log } from './log.ts';
import type { Ports, Reply } from './loop/ports.ts';

/** Heartbeats without an answer, from the start on, after which a version on trial gives up. */
export const TRIAL_FAILURES_MAX = 3;
/** In the state directory: which version on trial has been answered. Read by the guard and by install.sh. */
export const ANSWERED_FILE = 'answered';
/** Beside the versions: `VERSION STARTS`, written by install.sh and counted by the guard. */
const TRIAL_FILE = 'trial';

export interface Trial {
  /** Passes heartbeats on, and watches how they end. */
  readonly watched: (post: Ports['post']) => Ports['post'];
  /** Resolves when the version has failed; never when it has not. */
  readonly failed: Promise<void>;
}

/** Where install.sh keeps the versions, when this program is one of them. */
export const installedHome = (program = process.argv[1] ?? ''): string => {
  try {
    return dirname(dirname(realpathSync(program)));
  } catch {
    // Removed while it runs: then it is on no trial either.
    return '/nonexistent';
  }
};

/** Whether `version` is on trial. */
export const isOnTrial = (version: string, home: string = installedHome()): boolean => {
  try {
    return readFileSync(join(home, TRIAL_FILE), 'utf8').split(/\s/, 1)[0] === version;
  } catch {
    return false;
  }
};

/**
 * What the loop is to hear while the version is on trial. A refusal is as good as no answer, and is tried again as soon:
 * three tries must fit into a lease.
 */
const asFailure = (reply: Reply): Reply => {
  if (reply.kind !== 'refused' || reply.error.code === 'StaleBeat') return reply;
  const { sentAt, receivedAt, status } = reply;
  return { kind: 'server', status, sentAt, receivedAt };
};

/** @param directory of the state */
export const createTrial = (version: string, directory: string, log: Pick<Log, 'info' | 'error'>): Trial => {
  let failures = 0;
  let isOver = false;
  let fail: () => void = () => undefined;
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  const pass = (): void => {
    try {
      writeDurablySync(directory, ANSWERED_FILE, `${version}\n`);
      log.info({ version }, 'the arbiter has answered the new version: it stays');
    } catch (cause) {
      // A full disk must not cost the VIP. The next restart will bring back a version that was good enough, too.
      log.error({ error: messageOf(cause) }, 'that the new version is good could not be written');
    }
  };
  const judge = (reply: Reply): void => {
    // A heartbeat that a later one overtook says nothing.
    if (isOver || (reply.kind === 'refused' && reply.error.code === 'StaleBeat')) return;
    if (reply.kind === 'answer') {
      isOver = true;
      pass();
      return;
    }
    failures += 1;
    if (failures < TRIAL_FAILURES_MAX) return;
    isOver = true;
    log.error(
      { version, failures },
      'the arbiter does not answer the new version: the previous one is put back',
    );
    fail();
  };
  return {
    failed,
    watched: (post) => async (request, options) => {
      const reply = await post(request, options);
      judge(reply);
      return isOver ? reply : asFailure(reply);
    },
  };
};
