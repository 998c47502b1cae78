// Searches the models of spec/: the whole of them, then without each of their rules, which must break them, then for
// what they must be able to do. As a program: node scripts/spec.ts [--traces] [part of a name].
// With --traces it writes spec/traces/ anew; without, it says when they are out of date. Exits 1 unless all is as expected.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensurePrograms } from './setup/programs.mjs';
import { createReport } from './setup/report.mjs';
import { FABRIC_ROWS, FABRIC_WALKS } from './spec/fabric.ts';
import { doAll, type Job } from './spec/jobs.ts';
import { LEASE_ROWS, LEASE_WALKS } from './spec/lease.ts';
import { type Group, isExpected, type Row, type StoredTrace, verdictOn } from './spec/row.ts';
import { type Found, search, walk } from './spec/spin.ts';
import { formatCount, formatTable } from './spec/table.ts';
import { outdatedTraces, writeTraces } from './spec/traces.ts';

const SPEC_DIR = join(fileURLToPath(new URL('..', import.meta.url)), 'spec');
const ROWS: readonly Row[] = [...LEASE_ROWS, ...FABRIC_ROWS];
const WALKS = [...LEASE_WALKS, ...FABRIC_WALKS];
const USAGE = 'usage: npm run spec -- [--traces] [part of a name]';
const PROGRAM_MISSING = 3;

const PROGRAMS = [
  { name: 'spin', debianPackage: 'spin', purpose: 'the model checker', needed: true },
  { name: 'gcc', debianPackage: 'gcc', purpose: 'compiles what Spin generates', needed: true },
  // The compiler's package does not bring the headers along; this program comes with them.
  { name: 'gencat', debianPackage: 'libc6-dev', purpose: "the C library's headers", needed: true },
];

const HEADS: Record<Group, readonly string[]> = {
  model: ['model', 'bound', 'states', 'time', 'verdict'],
  broken: ['without', 'what the rule says', 'states', 'time', 'verdict'],
  goal: ['goal', 'what happens', 'states', 'time', 'verdict'],
};

interface Done {
  readonly row: Row;
  readonly found: Found;
}

function tableOf(group: Group, done: readonly Done[]): string {
  const rows = done
    .filter(({ row }) => row.group === group)
    .map(({ row, found }) => [
      `${row.model}: ${row.name}`,
      row.says,
      formatCount(found.states),
      `${found.seconds.toFixed(1)} s`,
      verdictOn(row, found),
    ]);
  return rows.length === 0 ? '' : `${formatTable(HEADS[group], rows)}\n\n`;
}

function searchAll(rows: readonly Row[], stop: AbortSignal): Promise<Done[]> {
  const jobs = rows.map((row): Job<Done> => {
    const { model, defines, group, name } = row;
    const order = group === 'model' ? 'depth' : 'breadth';
    return {
      title: `${model}: ${name}`,
      work: async () => ({ row, found: await search(SPEC_DIR, { model, defines, order }, stop) }),
      say: ({ found }) => `${verdictOn(row, found)}, ${formatCount(found.states)} states`,
    };
  });
  return doAll(jobs, (line) => process.stderr.write(`spec: ${line}\n`));
}

/** The ways to goals and violations, and the walks. */
async function makeTraces(done: readonly Done[]): Promise<StoredTrace[]> {
  const ways = done.flatMap(({ row, found }) =>
    row.traceOf === undefined || found.printed === undefined ? [] : [row.traceOf(found.printed)],
  );
  const walks: StoredTrace[] = [];
  for (const each of WALKS) walks.push(each.traceOf(await walk(SPEC_DIR, each)));
  return [...ways, ...walks];
}

async function keepTraces(done: readonly Done[], write: boolean): Promise<boolean> {
  const traces = await makeTraces(done);
  if (write) {
    writeTraces(SPEC_DIR, traces);
    process.stdout.write(`${traces.length} traces written to spec/traces/\n`);
    return true;
  }
  const outdated = outdatedTraces(SPEC_DIR, traces);
  process.stdout.write(
    outdated.length === 0
      ? `the ${traces.length} stored traces are what the models do\n`
      : `traces out of date, write them with --traces: ${outdated.join(', ')}\n`,
  );
  return outdated.length === 0;
}

async function main(write: boolean, wanted: string): Promise<number> {
  if (!(await ensurePrograms(createReport(false), PROGRAMS))) return PROGRAM_MISSING;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const rows = ROWS.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  const done = await searchAll(rows, stop.signal);
  for (const group of ['model', 'broken', 'goal'] as const) process.stdout.write(tableOf(group, done));
  if (done.length === 0) throw new TypeError(`nothing is called ${wanted}`);
  if (!done.every(({ row, found }) => isExpected(row, found))) {
    process.stdout.write('not all is as expected\n');
    return 1;
  }
  // Of a part alone nothing can be said about all traces.
  if (done.length < ROWS.length) return 0;
  return (await keepTraces(done, write)) ? 0 : 1;
}

if (import.meta.main) {
  try {
    const { values, positionals } = parseArgs({
      options: { traces: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    if (positionals.length > 1) throw new TypeError(USAGE);
    process.exitCode = await main(values.traces, positionals[0] ?? '');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`spec: ${error.message}\n`);
    process.exitCode = 2;
  }
}
