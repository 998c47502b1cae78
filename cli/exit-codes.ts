/** What the command's exit codes mean; the same in every subcommand, so that scripts can tell them apart. */

export const EXIT = {
  ok: 0,
  /** It works, but the next failure is an outage: no healthy standby. */
  degraded: 1,
  /** A check of a scenario or a demonstration did not hold. */
  failed: 1,
  /** The address is not served. */
  down: 2,
  refused: 3,
  unreachable: 4,
  denied: 5,
  /** Wrong use of the command (as sysexits' EX_USAGE). */
  usage: 64,
  /** A file that was named cannot be read (EX_NOINPUT). */
  noInput: 66,
  /** What is needed does not run or is not installed (EX_UNAVAILABLE). */
  unavailable: 69,
  /** A defect of this program (EX_SOFTWARE). */
  internal: 70,
  /** A configuration file is wrong (EX_CONFIG). */
  config: 78,
  /** Ended by Ctrl-C before it was done (128 + SIGINT). */
  interrupted: 130,
} as const;

/** For help texts: the codes that people meet. */
export const exitCodeHelp = `Exit codes: 0 ok, 1 degraded (no standby) or a check failed, 2 down, 3 refused by policy, 4 arbiter
unreachable, 5 denied, 64 wrong usage, 69 nothing runs to talk to, 78 a wrong configuration file.`;
