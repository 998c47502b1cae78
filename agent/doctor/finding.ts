/** What a look at a host, or at the cloud around it, comes to: one finding for each thing that was looked at. */

/**
 * `ok`; `warn`: it works, and will hurt one day; `bad`: it does not work, or the next failover does not; `unknown`: it
 * could not be looked at, which is neither good nor bad.
 */
export type Verdict = 'ok' | 'warn' | 'bad' | 'unknown';

export interface Finding {
  readonly verdict: Verdict;
  /** Stable, kebab-case: what scripts and runbooks name. */
  readonly code: string;
  /** The group, member, file or address that it is about; undefined: the whole. */
  readonly about?: string | undefined;
  readonly message: string;
  /** What to do. Every finding that is not `ok` has one. */
  readonly fix?: string | undefined;
}

export const ok = (code: string, message: string, about?: string): Finding => ({
  verdict: 'ok',
  code,
  about,
  message,
});

const remedied =
  (verdict: Verdict) =>
  (code: string, message: string, fix: string, about?: string): Finding => ({
    verdict,
    code,
    about,
    message,
    fix,
  });

export const warn = remedied('warn');
export const bad = remedied('bad');
export const unknown = remedied('unknown');

/** As `status` ends: 0 nothing is wrong, 1 something will hurt, 2 something does not work. */
export const exitCodeOf = (findings: readonly Finding[]): 0 | 1 | 2 => {
  if (findings.some(({ verdict }) => verdict === 'bad')) return 2;
  return findings.some(({ verdict }) => verdict === 'warn') ? 1 : 0;
};
