import type { Duration } from 'aws-cdk-lib';

/**
 * Programs of the host that run on a change of state: argument lists, never shell lines, each file absolute and root's.
 * They get keepalived's arguments. Only their names travel: the files must be on the host.
 */
export interface Hooks {
  /**
   * On a candidate, before anything changes. The VIPs come when it has ended with 0. Exit status 75 refuses, and so does any
   * failure: then the next candidate is asked, and this one not for a minute.
   *
   * @default - none: nobody is asked
   */
  readonly beforeMaster?: string[];

  /**
   * The host holds the group and was asked to let go, before a planned move. 1.5 seconds at most; then the VIPs are unbound,
   * however it ended.
   *
   * @default - none
   */
  readonly beforeRelease?: string[];

  /**
   * The host has become MASTER and the VIPs are bound.
   *
   * @default - none
   */
  readonly onMaster?: string[];

  /**
   * The host is a standby.
   *
   * @default - none
   */
  readonly onBackup?: string[];

  /**
   * A check of the host is down.
   *
   * @default - none
   */
  readonly onFault?: string[];

  /**
   * The agent stops.
   *
   * @default - none
   */
  readonly onStop?: string[];

  /**
   * Called for every state, after the one for that state.
   *
   * @default - none
   */
  readonly notify?: string[];

  /**
   * A hook that takes longer is killed with all its children.
   *
   * @default 30 seconds
   */
  readonly timeout?: Duration;
}
