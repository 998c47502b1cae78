// Imports configurations of keepalived, validates what came of each, and tries it in a lab: `import → validate → lab run`.
// As a program: node scripts/round-trip.ts [FILE…]; without files all of Debian's samples (package keepalived) and the guides of
// the tests. Exits 1 unless each that has a VIP to move came up and survived its holder.

import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { formatTable } from './spec/table.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const KEEPALOFT = join(ROOT, 'cli/keepaloft');
const SAMPLES = '/usr/share/doc/keepalived/samples/keepalived.conf.*';
const GUIDES = join(ROOT, 'test/cli/import/guides/*.conf');
const MEMBERS = ['i-00000000000000001', 'i-00000000000000002'];
const OUTPUT_BYTES_MAX = 16_777_216;
const NO_GROUP = 78;
const HEAD = [
  'configuration',
  'groups',
  'mapped, dropped, human',
  'validate',
  'lab run',
  'client dark',
  'remark',
];

const importSchema = z.object({
  groups: z.array(z.object({ name: z.string() })),
  counts: z.object({ mapped: z.number(), dropped: z.number(), human: z.number() }),
  lines: z.array(z.object({ verdict: z.string(), notes: z.array(z.string()) })),
});
const playedSchema = z.object({
  ok: z.boolean(),
  steps: z.array(z.object({ text: z.string(), detail: z.string() })),
  probes: z.array(z.object({ outageMs: z.number() })),
});

interface Ran {
  readonly code: number;
  readonly output: string;
  readonly complaint: string;
}

const keepaloft = (...words: string[]): Promise<Ran> =>
  new Promise((done) => {
    execFile(KEEPALOFT, words, { maxBuffer: OUTPUT_BYTES_MAX }, (error, output, complaint) =>
      done({ code: error === null ? 0 : Number(error.code ?? 1), output, complaint: complaint.trim() }),
    );
  });

interface Row {
  readonly cells: readonly string[];
  readonly ok: boolean;
}

/** Why there is nothing to try. */
const nothing = (path: string, { lines }: z.infer<typeof importSchema>): string => {
  if (!readFileSync(path, 'utf8').includes('vrrp_instance')) return 'no vrrp_instance in it';
  const notes = lines.filter(({ verdict }) => verdict === 'human').flatMap((line) => line.notes);
  return `no VIP to move: ${[...new Set(notes)].join('; ')}`;
};

const tryOut = async (config: string): Promise<readonly [string, string, string, boolean]> => {
  const { output, complaint } = await keepaloft('lab', 'run', '--config', config, '--json');
  const parsed = output === '' ? undefined : playedSchema.safeParse(JSON.parse(output)).data;
  if (parsed === undefined) return ['failed', '', complaint.split('\n').at(-1) ?? '', false];
  const { ok, steps, probes } = parsed;
  const dark =
    probes.length === 0 ? '' : `${Math.round(Math.max(...probes.map(({ outageMs }) => outageMs)))} ms`;
  const last = steps.at(-1);
  return [ok ? 'passed' : 'failed', dark, ok ? '' : `${last?.text}: ${last?.detail}`, ok];
};

const roundTrip = async (path: string, folder: string): Promise<Row> => {
  const name = basename(path);
  const config = join(folder, `${name}.yaml`);
  const members = MEMBERS.flatMap((member) => ['--member', member]);
  const imported = await keepaloft('import', path, '--output', config, '--json', ...members);
  const report = importSchema.safeParse(
    imported.output === '' ? undefined : JSON.parse(imported.output),
  ).data;
  if (report === undefined) return { cells: [name, '', '', '', '', '', imported.complaint], ok: false };
  const { mapped, dropped, human } = report.counts;
  const begun = [name, String(report.groups.length), `${mapped}, ${dropped}, ${human}`];
  if (imported.code === NO_GROUP) return { cells: [...begun, '', '', '', nothing(path, report)], ok: true };
  const valid = await keepaloft('validate', config);
  if (valid.code !== 0) return { cells: [...begun, 'failed', '', '', valid.complaint], ok: false };
  const [verdict, dark, remark, ok] = await tryOut(config);
  return { cells: [...begun, 'passed', verdict, dark, remark], ok };
};

const given = process.argv.slice(2).map((path) => resolve(path));
const paths = given.length > 0 ? given : [...globSync(SAMPLES).toSorted(), ...globSync(GUIDES).toSorted()];
const folder = mkdtempSync(join(tmpdir(), 'keepaloft-round-trip-'));
try {
  const rows: Row[] = [];
  // One after the other: several labs at once would disturb each other's heartbeats.
  for (const path of paths) {
    const row = await roundTrip(path, folder);
    process.stderr.write(`${row.cells.filter((cell) => cell !== '').join('  ')}\n`);
    rows.push(row);
  }
  process.stdout.write(
    `${formatTable(
      HEAD,
      rows.map(({ cells }) => cells),
    )}\n`,
  );
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
