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

/** Gives the credentials to sign with now. */
export type CredentialSource = () => Promise<RoleCredentials>;

export interface CredentialDeps {
  readonly imds: Pick<Imds, 'roleCredentials'>;
  readonly log: Pick<Log, 'warn'>;
  readonly now?: () => BootMs;
  /** Wall clock, milliseconds since 1970. */
  readonly wallNow?: () => number;
}

/**
 * Keeps the credentials fresh. As long as there are any, they are given out even when the metadata service is
 * silent or when this host's clock says that they ended: the clock may be wrong by hours, and whoever verifies the
 * signature judges by a better one.
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
      return current;
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'credentials not renewed, using the old ones');
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
    const rested = triedAt === undefined || since(triedAt, now()) >= REFRESH_SPACING_MS;
    if (leftMs > REFRESH_AHEAD_MS || !rested) return held;
    // Ended ones are probably of no use, so wait for the new; otherwise renew behind the beat's back.
    if (leftMs <= 0) return refresh(held);
    void refresh(held);
    return held;
  };
};
