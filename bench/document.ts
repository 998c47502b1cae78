/** Results as people read them: Markdown for the documentation, plain lines for a terminal. */
import * as show from './numbers.ts';
import type { Row } from './section.ts';
import type { Circumstances, Told } from './sections.ts';

const verdict = ({ reached }: Row): string =>
  reached === undefined ? '' : reached ? 'reached' : '**not reached**';

const cell = (text: string): string => text.replaceAll('|', '\\|');

const rowLine = (row: Row): string =>
  `| ${cell(row.what)} | ${cell(row.measured)} | ${row.target ?? ''} | ${verdict(row)} |`;

const machineLine = ({ machine }: Circumstances): string => {
  const { cores, cpu, memoryMb, kernel, node, commit } = machine;
  return `${cores} cores (${cpu}), ${show.count(memoryMb)} MB, Linux ${kernel}, Node ${node}, commit \`${commit}\``;
};

const noiseLine = ({ noise }: Circumstances): string =>
  `others kept ${show.percent(noise.busyBefore)} of all cores busy just before; load ${noise.loadBefore.toFixed(2)} before, ${noise.loadAfter.toFixed(2)} after (the measurement itself included); ${show.percent(noise.stolen)} stolen by the hypervisor`;

const renderSection = (told: Told): string[] => [
  `## ${told.title}`,
  '',
  `\`${told.circumstances.command}\`, ${told.circumstances.measuredAt.slice(0, 16).replace('T', ' ')} UTC. ${machineLine(told.circumstances)}. Noise: ${noiseLine(told.circumstances)}.`,
  '',
  '| what | measured | target | |',
  '| --- | --- | --- | --- |',
  ...told.rows.map(rowLine),
  '',
  ...told.notes.flatMap((note) => [note, '']),
];

const INTRODUCTION = [
  '# Numbers',
  '',
  'Written by `npm run bench -- --write`; the command above each table measures that table again (add `--write` to',
  'replace it here). The raw values are in `bench/results/latest.json`. Everything was measured with the shipped',
  "artefacts on one machine, in the lab: network namespaces for hosts, the lab's own EC2 and API Gateway, dynoxide for",
  'DynamoDB. Times that AWS itself takes are not in them.',
  '',
];

/** The whole document. */
export const renderDocument = (sections: readonly Told[]): string => {
  const lines = [...INTRODUCTION, ...sections.flatMap(renderSection)];
  return `${lines.join('\n').trimEnd()}\n`;
};

const mark = ({ reached }: Row): string => (reached === undefined ? ' ' : reached ? '+' : '-');

/** Plain text, one row a line: `+` reached, `-` not reached. */
export const renderText = ({ title, rows, circumstances }: Told): string => {
  const width = Math.max(...rows.map(({ what }) => what.length));
  const lines = rows.map((row) => {
    const target = row.target === undefined ? '' : `  [${row.target}]`;
    return `  ${mark(row)} ${row.what.padEnd(width)}  ${row.measured}${target}`;
  });
  return [`${title}  (${noiseLine(circumstances)})`, ...lines, ''].join('\n');
};
