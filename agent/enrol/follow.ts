/** Connects the follower to the running agent, where the configuration is one that was fetched. */
import type { AgentFile } from '../../core/wire/config.ts';
import type { CredentialSource } from '../host/credentials.ts';
import type { Log } from '../log.ts';
import type { Ports } from '../loop/ports.ts';
import { createAsk } from './ask.ts';
import { Follower } from './follower.ts';
import { createTake } from './take.ts';

export interface FollowOptions {
  readonly path: string;
  readonly ca: string | undefined;
  readonly node: string;
  readonly version: string;
  readonly credentials: CredentialSource;
  readonly post: Ports['post'];
  readonly current: () => AgentFile;
  readonly held: () => readonly string[];
  readonly log: Log;
}

export interface Following {
  /** Passes heartbeats on, and hears what their answers say of the configuration. */
  readonly post: Ports['post'];
  readonly stop: () => void;
}

const after = (ms: number, call: () => void): (() => void) => {
  const timer = setTimeout(call, ms);
  timer.unref();
  return () => clearTimeout(timer);
};

const signalSelf = (signal: NodeJS.Signals) => (): void => {
  process.kill(process.pid, signal);
};

/** systemd sets it for what it runs, and what it runs as this service it starts again. */
const isSupervised = (): boolean => process.env['INVOCATION_ID'] !== undefined;

/** @returns `post` as it was where the file was written by hand: then nothing is ever fetched */
export const follow = (options: FollowOptions): Following => {
  const { path, ca, node, version, credentials, post, current, held, log } = options;
  const { endpoint, region, enrolled } = current();
  if (!enrolled) return { post, stop: () => undefined };
  const follower = new Follower({
    ask: createAsk({ endpoint, region, credentials, ca, node, version, log }),
    take: createTake({
      path,
      current,
      held,
      reload: signalSelf('SIGHUP'),
      restart: isSupervised() ? signalSelf('SIGUSR2') : undefined,
      log,
    }),
    running: () => new Map(Object.entries(current().groups).map(([name, group]) => [name, group.configHash])),
    random: Math.random,
    after,
    log,
  });
  follower.start();
  return {
    post: async (request, limits) => {
      const reply = await post(request, limits);
      follower.heard(reply);
      return reply;
    },
    stop: () => follower.stop(),
  };
};
