/** Runs `ip` in batch mode with JSON and numbers: what each line printed, and what it complained of. */
import { findIp } from '../host/ip-command.ts';
import { lastLine } from '../host/run.ts';
import { runTool } from '../host/system-tool.ts';

const COMPLAINT_CHARS_MAX = 200;

/** What became of one line. */
export interface LineResult {
  /** Parsed; undefined: nothing, or no JSON. */
  readonly shown: unknown;
  /** Undefined: it succeeded. */
  readonly complaint: string | undefined;
}

/** Runs the lines as one process, going on after one that fails, killed after `timeoutMs`. */
export type RunIpJson = (lines: readonly string[], timeoutMs: number) => Promise<LineResult[]>;

/** `ip` names the line behind what it says of it. */
const COMPLAINTS = /([^]*?)^Command failed -:(\d+)$/gmu;

export const complaintsIn = (stderr: string): ReadonlyMap<number, string> =>
  new Map(
    [...stderr.matchAll(COMPLAINTS)].map(([, text = '', line]) => [
      Number(line),
      text.replaceAll(/\s+/g, ' ').trim().slice(0, COMPLAINT_CHARS_MAX) || 'failed without an error',
    ]),
  );

/** Only lines that show something print, one JSON array each; before it may stand the bracket of one that failed. */
export const arraysIn = (stdout: string): unknown[] =>
  stdout.split('\n').flatMap((line) => {
    try {
      return line.startsWith('[') ? [JSON.parse(line.replace(/^\[+(?=\[)/, '')) as unknown] : [];
    } catch {
      return [];
    }
  });

export const isShow = (line: string): boolean => / show(?: |$)/.test(line);

let ipPath: string | undefined;

/** @throws HostError `no-ip-command`, `ip-timeout`, `ip-failed` */
export const runIpJson: RunIpJson = async (lines, timeoutMs) => {
  ipPath ??= findIp();
  const argv = [ipPath, '-4', '-N', '-json', '-force', '-batch', '-'] as const;
  const { code, stdout, stderr } = await runTool({ name: 'ip', remedy: 'install iproute2' }, [...argv], {
    stdin: `${lines.join('\n')}\n`,
    timeoutMs,
  });
  const complaints = complaintsIn(stderr);
  // It gave up at once, as one does that does not know an option.
  const gaveUp = code !== 0 && complaints.size === 0 ? lastLine(stderr, COMPLAINT_CHARS_MAX) : undefined;
  const arrays = arraysIn(stdout);
  return lines.map((line, index) => {
    const complaint = complaints.get(index + 1) ?? gaveUp;
    return { shown: isShow(line) && complaint === undefined ? arrays.shift() : undefined, complaint };
  });
};
