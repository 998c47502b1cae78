/**
 * The credentials of the instance's role and nothing else: no AWS_* variable and no file under any home directory
 * can make the agent speak as somebody else. (The SDK's own providers read both.)
 */
import type { BootMs } from '../../core/time.ts';
import { since } from '../../core/time.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { bootNow } from './boot-clock.ts';
import type { Imds, RoleCredentials } from './imds.ts';

/** EC2 offers the next credentials at least five minutes before the old ones end. */
const REFRESH_AHEAD_MS = 600_000;
/** Between two tries to get newer ones, whatever came of the first. */
const REFRESH_SPACING_MS = 30_000;
/** The same when they have ended: the arbiter refuses them, and whatever the metadata service has now is better. */
const ENDED_SPACING_MS = 5000;
/** A heartbeat waits so long for credentials in the place of ended ones, and goes out with those if none come. */
const PATIENCE_MS = 300;

/** Gives the credentials to sign with now. */
export type CredentialSource = () => Promise<RoleCredentials>;

export interface CredentialDeps {
  readonly imds: Pick<Imds, 'roleCredentials'>;
  readonly log: Pick<Log, 'info' | 'warn'>;
  readonly now?: () => BootMs;
  /** Wall clock, milliseconds since 1970. */
  readonly wallNow?: () => number;
}

const afterPatience = <T>(value: T): Promise<T> =>
  new Promise((resolve) => setTimeout(() => resolve(value), PATIENCE_MS).unref());

/**
 * Keeps the credentials fresh. As long as there are any, they are given out even when the metadata service is
 * silent or when this host's clock says that they ended: the clock may be wrong by hours, and whoever verifies the
 * signature judges by a better one. Only the very first ones are waited for.
 *
 * @returns a source that rejects (with ImdsError) only while it never had credentials
 */
export const createCredentials = ({
  imds,
  log,
  now = bootNow,
  wallNow = Date.now,
}: CredentialDeps): CredentialSource => {
  let current: RoleCredentials | undefined;
  let triedAt: BootMs | undefined;
  let underWay: Promise<RoleCredentials> | undefined;
  let isTroubled = false;

  const fetchOnce = (): Promise<RoleCredentials> => {
    triedAt = now();
    underWay ??= imds.roleCredentials().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
  const refresh = async (old: RoleCredentials): Promise<RoleCredentials> => {
    try {
      current = await fetchOnce();
      if (isTroubled) log.info({}, 'credentials renewed');
      isTroubled = false;
      return current;
    } catch (error) {
      const endsAt = old.expiration.toISOString();
      if (!isTroubled)
        log.warn({ error: messageOf(error), endsAt }, 'credentials not renewed, using the old ones');
      isTroubled = true;
      return old;
    }
  };

  return async () => {
    const held = current;
    if (held === undefined) {
      current = await fetchOnce();
      return current;
    }
    const leftMs = held.expiration.getTime() - wallNow();
    const spacingMs = leftMs <= 0 ? ENDED_SPACING_MS : REFRESH_SPACING_MS;
    const rested = triedAt === undefined || since(triedAt, now()) >= spacingMs;
    if (leftMs > REFRESH_AHEAD_MS || !rested) return held;
    const renewed = refresh(held);
    // Renewed behind the beat's back. Ended ones are probably of no use: a new one that comes at once is worth a moment.
    return leftMs <= 0 ? Promise.race([renewed, afterPatience(held)]) : held;
  };
};
