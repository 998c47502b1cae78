/** Outages by fault and system as an SVG: a range, its median, and on the right those who were not served again. */
import { type Cell, cellAt, isThin, medianOutageMs, summaryOf, type VersusData } from './cells.ts';
import { FAULTS, type FaultCase } from './faults.ts';
import { APIS, SYSTEMS, type System } from './systems.ts';

const WIDTH = 760;
const LABEL_WIDTH = 150;
const DARK_WIDTH = 84;
const PLOT_RIGHT = WIDTH - DARK_WIDTH;
const TOP = 40;
const LINE_HEIGHT = 11;
const GROUP_GAP = 24;
const BOTTOM = 14;
/** Of the logarithmic axis, in milliseconds; what is shorter stands at its left edge. */
const AXIS_FROM_MS = 1;
const AXIS_TO_MS = 30_000;
const TICKS: readonly (readonly [ms: number, label: string])[] = [
  [1, '≤ 1 ms'],
  [10, '10 ms'],
  [100, '100 ms'],
  [1000, '1 s'],
  [10_000, '10 s'],
];

/** Of a middling brightness, since not everything that shows an SVG tells it whether the ground is light or dark. */
const STYLE = `
  text { font: 10px system-ui, sans-serif; fill: #768390; }
  .fault { font-weight: 600; font-size: 11px; }
  .grid { stroke: #768390; stroke-opacity: 0.35; stroke-width: 1; }
  .arbiter { stroke: #2f81f7; fill: #2f81f7; }
  .cli { stroke: #db6d28; fill: #db6d28; }
  .route { stroke: #a371f7; fill: #a371f7; }
  .range { stroke-width: 3; stroke-linecap: round; }
  .dark { stroke: none; }
`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const round = (value: number): string => String(Math.round(value * 10) / 10);

/** Where a duration stands on the axis. */
export const xOf = (ms: number): number => {
  const within = Math.min(Math.max(ms, AXIS_FROM_MS), AXIS_TO_MS);
  const share = Math.log(within / AXIS_FROM_MS) / Math.log(AXIS_TO_MS / AXIS_FROM_MS);
  return LABEL_WIDTH + share * (PLOT_RIGHT - LABEL_WIDTH);
};

const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${round(x)}" y="${round(y)}"${attributes}>${escaped(content)}</text>`;

/** What is drawn of one cell, at the height `y`. */
const marks = (cell: Cell, { mover }: System, y: number): string[] => {
  const summary = summaryOf(cell);
  if (summary === null) return [];
  const { outage, dark, tried } = summary;
  const range =
    outage === null
      ? []
      : [
          `<line class="range ${mover}" x1="${round(xOf(outage.min))}" x2="${round(xOf(outage.max))}" y1="${round(y)}" y2="${round(y)}"/>`,
        ];
  const median = medianOutageMs(cell);
  const dot = Number.isFinite(median)
    ? [`<circle class="${mover}" cx="${round(xOf(median))}" cy="${round(y)}" r="3.2"/>`]
    : [];
  const few = isThin(cell) ? `only ${tried} runs` : '';
  const count = dark === 0 ? few : `${dark} of ${tried}`;
  const said = count === '' ? [] : [text(PLOT_RIGHT + 8, y + 3.5, count, ` class="dark ${mover}"`)];
  return [...range, ...dot, ...said];
};

interface Group {
  readonly fault: FaultCase;
  readonly lines: readonly { readonly system: System; readonly cell: Cell }[];
}

const groupsOf = (data: VersusData): Group[] =>
  FAULTS.filter(({ id }) => id !== 'nothing')
    .map((fault) => ({
      fault,
      lines: SYSTEMS.flatMap((system) => {
        const cell = cellAt(data, APIS[0]?.id ?? 'fast', fault.id, system.id);
        return cell === undefined ? [] : [{ system, cell }];
      }),
    }))
    .filter(({ lines }) => lines.length > 0);

const heightOf = ({ lines }: Group): number => GROUP_GAP + lines.length * LINE_HEIGHT;

const drawGroup = ({ fault, lines }: Group, top: number): string[] => [
  text(4, top + 17, fault.name, ' class="fault"'),
  ...lines.flatMap(({ system, cell }, index) => {
    const y = top + GROUP_GAP + (index + 0.5) * LINE_HEIGHT;
    return [text(12, y + 3.5, system.short), ...marks(cell, system, y)];
  }),
];

const axis = (bottom: number): string[] => [
  ...TICKS.flatMap(([ms, label]) => [
    `<line class="grid" x1="${round(xOf(ms))}" x2="${round(xOf(ms))}" y1="${TOP - 6}" y2="${bottom}"/>`,
    text(xOf(ms), TOP - 10, label, ' text-anchor="middle"'),
  ]),
  text(PLOT_RIGHT + 8, TOP - 10, 'dark for good'),
];

/** A whole SVG document. */
export const chartOf = (data: VersusData): string => {
  const groups = groupsOf(data);
  const bottom = TOP + groups.reduce((sum, group) => sum + heightOf(group), 0);
  const tops = groups.map((_, index) =>
    groups.slice(0, index).reduce((sum, group) => sum + heightOf(group), TOP),
  );
  const height = bottom + BOTTOM;
  const title = `Time in which a client was not served: range and median of each fault; ${APIS[0]?.what ?? ''}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    text(4, 14, 'Time not served, logarithmic', ' class="fault"'),
    ...axis(bottom),
    ...groups.flatMap((group, index) => drawGroup(group, tops[index] ?? TOP)),
    '</svg>',
    '',
  ].join('\n');
};
