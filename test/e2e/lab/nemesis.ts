/** Runs the nemesis by the command that users run it with, and reads its verdict. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { ofKind } from '../../../lab/nemesis/check/facts.ts';
import { fromJsonLines, type HistoryEvent } from '../../../lab/nemesis/history.ts';
import { type Outcome, outcomeSchema } from '../../../lab/nemesis/outcome.ts';

const keepaloft = fileURLToPath(new URL('../../../cli/keepaloft', import.meta.url));
const OUTPUT_BYTES_MAX = 1024 * 1024;

export interface Verdict {
  readonly code: number;
  readonly outcome: Outcome;
  /** The whole report when a rule was broken, so that a failing test shows it; empty when every rule held. */
  readonly complaint: string;
  readonly history: readonly HistoryEvent[];
}

/** @throws Error with what the command printed when it came to no verdict */
export const playNemesis = async (words: readonly string[], msMax: number): Promise<Verdict> => {
  const folder = mkdtempSync(join(tmpdir(), 'keepaloft-nemesis-test-'));
  try {
    const path = join(folder, 'report.txt');
    const argv = ['lab', 'nemesis', ...words, '--json', '--report', path];
    const { code, stdout, stderr } = await new Promise<{ code: number; stdout: string; stderr: string }>(
      (resolve) => {
        execFile(
          keepaloft,
          argv,
          { timeout: msMax, maxBuffer: OUTPUT_BYTES_MAX },
          (error, out, complaint) => {
            resolve({ code: error === null ? 0 : Number(error.code), stdout: out, stderr: complaint });
          },
        );
      },
    );
    if (!existsSync(path)) throw new Error(`no verdict, exit ${code}: ${stderr}`);
    const outcome = outcomeSchema.parse(JSON.parse(stdout));
    return {
      code,
      outcome,
      complaint: outcome.violations.length === 0 ? '' : readFileSync(path, 'utf8'),
      history: fromJsonLines(readFileSync(`${path}.jsonl`, 'utf8')),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Of each host whose agent was frozen or killed: it lost the address meanwhile, and nobody else could have taken it. */
export const expectKernelLetGo = (history: readonly HistoryEvent[]): void => {
  const strikes = ofKind(history, 'strike').filter(
    ({ strike }) => strike === 'freeze-agent' || strike === 'agent',
  );
  expect(strikes.length).toBeGreaterThanOrEqual(1);
  for (const { id, hosts, at } of strikes) {
    const healed = ofKind(history, 'heal').find((one) => one.id === id);
    const gone = ofKind(history, 'bound').filter(
      (one) => !one.bound && hosts.includes(one.host) && one.at > at && one.at < (healed?.at ?? 0),
    );
    expect(gone.length).toBeGreaterThanOrEqual(1);
  }
};
