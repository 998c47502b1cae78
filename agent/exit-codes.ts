/** How the agent's process ends. systemd reads these: see `systemd/keepaloft-agent.service`. */
export const EXIT = {
  /** Stopped in order (resigned, released, hooks run), or left quietly for the run that follows. */
  ok: 0,
  /** Something unforeseen; systemd starts the agent again. */
  failure: 1,
  /** A version on trial that the arbiter did not answer: it is started again, and the guard puts the previous one back. */
  unanswered: 69,
  /** Another agent holds this host's lock; systemd tries again, the other one may be on its way out. */
  locked: 73,
  /** A newer agent of the same instance reports to the arbiter. Starting again would only fight it: no restart. */
  superseded: 75,
  /**
   * The configuration is wrong (sysexits' EX_CONFIG), or asks for `kernelExpiry: nft` where there is no nft. Starting
   * again changes nothing: no restart.
   */
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
