/** Results as people read them: Markdown for the documentation, plain lines for a terminal. */
import * as show from './numbers.ts';
import type { Figure, Row, Table } from './section.ts';
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

const tableLine = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** Head and rows, without the caption. */
export const renderTable = ({ head, rows }: Table): string[] => [
  tableLine(head),
  tableLine(head.map(() => '---')),
  ...rows.map(tableLine),
];

const captioned = (table: Table): string[] => [`${table.caption}:`, '', ...renderTable(table), ''];

/** @param figure a file below docs/, where the document lies as well */
const imageLine = ({ alt, file }: Figure): string => `![${alt}](${file.replace(/^docs\//u, '')})`;

const judgedRows = (rows: readonly Row[]): string[] =>
  rows.length === 0
    ? []
    : ['| what | measured | target | |', '| --- | --- | --- | --- |', ...rows.map(rowLine), ''];

const renderSection = (told: Told): string[] => [
  `## ${told.title}`,
  '',
  `\`${told.circumstances.command}\`, ${told.circumstances.measuredAt.slice(0, 16).replace('T', ' ')} UTC. ${machineLine(told.circumstances)}. Noise: ${noiseLine(told.circumstances)}.`,
  '',
  ...judgedRows(told.rows),
  ...(told.figures ?? []).flatMap((figure) => [imageLine(figure), '']),
  ...(told.tables ?? []).flatMap(captioned),
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

/** A table in columns would be wider than a terminal: each row becomes a paragraph of `column: cell`. */
const plainTable = ({ caption, head, rows }: Table): string[] => [
  `  ${caption}`,
  ...rows.flatMap(([what = '', ...cells]) => [
    `    ${what}`,
    ...cells.map(
      (text, index) => `      ${(head[index + 1] ?? '').padEnd(28)}  ${text.replaceAll('**', '')}`,
    ),
  ]),
];

/** Plain text, one row a line: `+` reached, `-` not reached. */
export const renderText = ({ title, rows, tables = [], circumstances }: Told): string => {
  const width = Math.max(0, ...rows.map(({ what }) => what.length));
  const lines = rows.map((row) => {
    const target = row.target === undefined ? '' : `  [${row.target}]`;
    return `  ${mark(row)} ${row.what.padEnd(width)}  ${row.measured}${target}`;
  });
  return [`${title}  (${noiseLine(circumstances)})`, ...lines, ...tables.flatMap(plainTable), ''].join('\n');
};
