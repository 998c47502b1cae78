/** Tells once what cannot be set, and once that it can be again: a look every two seconds finds the same again and again. */
import type { Log } from '../log.ts';

export interface Failure {
  /** A route or rule, as `ip` would be told. */
  readonly about: string;
  readonly complaint: string;
  /** @default by what `ip` complains of */
  readonly remedy?: string;
}

/** What somebody can do about a complaint of `ip`. */
export const remedyOf = (complaint: string): string => {
  if (/File exists/i.test(complaint))
    return 'another hand has put one there, which is left alone: take it away there, or out of the configuration';
  if (/not permitted/i.test(complaint)) return 'run the agent as root or with CAP_NET_ADMIN';
  if (/Cannot find device|does not exist/i.test(complaint))
    return 'name an existing interface in the configuration';
  if (/invalid gateway|unreachable/i.test(complaint))
    return 'a gateway must be on a link of this host: look at via and dev, or set onlink';
  if (/is down/i.test(complaint)) return 'switch the interface on; it is tried again';
  return 'look at `ip route show table all` and `ip rule`; it is tried again';
};

export class Told {
  readonly #log: Pick<Log, 'info' | 'warn'>;
  #known = new Map<string, string>();

  constructor(log: Pick<Log, 'info' | 'warn'>) {
    this.#log = log;
  }

  /** @param failures all that there are at this moment */
  failed(failures: readonly Failure[]): void {
    for (const { about, complaint, remedy = remedyOf(complaint) } of failures) {
      if (this.#known.get(about) === complaint) continue;
      this.#log.warn(
        { about, error: complaint, remedy },
        'a host route or rule could not be set; the VIPs serve all the same',
      );
    }
    const next = new Map(failures.map(({ about, complaint }) => [about, complaint]));
    for (const about of this.#known.keys()) {
      if (!next.has(about))
        this.#log.info({ about }, 'nothing is wrong with the host route or rule any more');
    }
    this.#known = next;
  }
}
