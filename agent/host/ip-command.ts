/** Finds and runs iproute2's `ip` in batch mode: one process for any number of changes, then one look. */
import { lastLine } from './run.ts';
import { findTool, runTool, type Tool } from './system-tool.ts';

const IP: Tool = { name: 'ip', remedy: 'install iproute2' };
const MESSAGE_CHARS_MAX = 200;

/** @throws HostError `no-ip-command` when iproute2 is in none of the usual places */
export const findIp = (places?: readonly string[]): string => findTool(IP, places);

export interface IpResult {
  /** What the batch printed; with `-oneline`, one line an address. */
  readonly stdout: string;
  /** Every command of the batch succeeded. */
  readonly ok: boolean;
  /** The last complaint, one line. */
  readonly complaint: string;
}

/** Runs a batch of `ip` commands, killed after `timeoutMs`. @default 2 s */
export type RunIp = (lines: readonly string[], timeoutMs?: number) => Promise<IpResult>;

let ipPath: string | undefined;

/**
 * Runs `lines` as one `ip -batch`, going on after a line that fails (`-force`).
 * @throws HostError `no-ip-command`; `ip-timeout` when it took too long and was killed; `ip-failed` when it did not start
 */
export const runIp: RunIp = async (lines, timeoutMs) => {
  ipPath ??= findIp();
  const argv = [ipPath, '-oneline', '-force', '-batch', '-'] as const;
  const result = await runTool(IP, [...argv], { stdin: `${lines.join('\n')}\n`, timeoutMs });
  // "Command failed -:2" only repeats which line it was.
  const complaints = result.stderr.replaceAll(/^Command failed.*$/gm, '');
  return {
    stdout: result.stdout,
    ok: result.code === 0,
    complaint: result.code === 0 ? '' : lastLine(complaints, MESSAGE_CHARS_MAX),
  };
};
