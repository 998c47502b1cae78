/** What the running agent does with a configuration that it has fetched. It never moves a VIP for it. */
import { readFile } from 'node:fs/promises';
import type { AgentFile } from '../../core/wire/config.ts';
import type { EnrolResponse } from '../../core/wire/enrol.ts';
import type { Log } from '../log.ts';
import { restartReason } from '../profile.ts';
import { fileText, readText } from './document.ts';
import type { Outcome } from './follower.ts';
import { checkPrograms } from './programs.ts';
import { writeConfig } from './write.ts';

export interface TakeOptions {
  readonly path: string;
  readonly current: () => AgentFile;
  /** Groups that this host holds now. */
  readonly held: () => readonly string[];
  /** Reads the file again, as SIGHUP does. */
  readonly reload: () => void;
  /** Ends without handing over, as SIGUSR2 does; absent: nobody would start the agent again. */
  readonly restart: (() => void) | undefined;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly programsIn?: string;
}

const groupsOf = ({ groups }: AgentFile): string =>
  JSON.stringify(Object.entries(groups).toSorted(([a], [b]) => (a < b ? -1 : 1)));

const vipsOf = ({ groups }: AgentFile, names: readonly string[]): string[] =>
  names.flatMap((name) => groups[name]?.vips.map(({ address }) => address) ?? []);

/** Held now and named no more. Nobody unbinds them: a configuration that is wrong must not cost an address. */
const givenUp = (before: AgentFile, next: AgentFile, held: readonly string[]): string[] => {
  const kept = vipsOf(next, Object.keys(next.groups));
  return vipsOf(before, held).filter((vip) => !kept.includes(vip));
};

/**
 * Checks an answer, writes it, and takes it over: by a reload, or, where that cannot do, by an end without handing over
 * and a start within the lease.
 * @throws DocumentError, HostError when this host cannot run it: nothing was written and the old one goes on
 */
export const createTake =
  (options: TakeOptions) =>
  async (answer: EnrolResponse): Promise<Outcome> => {
    const { path, current, held, reload, restart, log } = options;
    const written = await readFile(path, 'utf8');
    const onDisk = readText(path, written);
    if (!onDisk.enrolled) {
      log.warn({ path }, 'the file is written by hand now: what the arbiter has is not taken over');
      return 'open';
    }
    const before = current();
    const text = fileText(answer, onDisk, written);
    const next = readText(path, text);
    if (groupsOf(next) === groupsOf(before)) return 'settled';
    const lost = held().filter((name) => next.groups[name] === undefined);
    if (lost.length > 0) {
      // To leave a group is to forget its VIPs, bound as they are. Once another member holds it, nothing is bound.
      log.warn(
        { groups: lost },
        'this host is no member any more of what it holds: it waits for a successor',
      );
      return 'open';
    }
    await checkPrograms(next, options.programsIn);
    const reason = restartReason(before, next);
    if (reason !== undefined && restart === undefined) {
      log.warn({ reason, hash: answer.hash }, 'a new configuration needs a restart; the old one goes on');
      return 'open';
    }
    await writeConfig(path, text);
    const given = givenUp(before, next, held());
    if (given.length > 0)
      log.warn({ vips: given }, 'no VIPs of this host any more, and bound until they are removed');
    log.info(
      { hash: answer.hash, groups: Object.keys(next.groups), ...(reason === undefined ? {} : { reason }) },
      reason === undefined
        ? 'a new configuration was fetched'
        : 'a new configuration was fetched: starting again with it, without handing over',
    );
    if (reason === undefined) reload();
    else restart?.();
    return 'settled';
  };
