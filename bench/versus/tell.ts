/** The comparison as tables, a chart and the sentences that belong to them. */
import * as show from '../numbers.ts';
import type { Account, Figure, Table } from '../section.ts';
import { type Cell, cellAt, isShorter, medianOutageMs, type VersusData } from './cells.ts';
import { chartOf } from './chart.ts';
import { FAULTS, type FaultCase } from './faults.ts';
import type { HostAtRest } from './rest.ts';
import { CAP_MS, STALL_MS_MAX, TRIES_MAX } from './run.ts';
import { APIS, type Api, appliesTo, SYSTEMS, type System, type SystemId } from './systems.ts';
import { bestOf, briefText, cellText, time } from './words.ts';

const CHART_FILE = 'docs/img/versus.svg';
/** What the README has room for. */
const BRIEF_SYSTEMS: ReadonlySet<SystemId> = new Set(['keepaloft', 'cli-1000', 'cli-30', 'route-30']);
const NOT_APPLICABLE = 'does not apply';
const NOT_MEASURED = 'not measured';
const KB_PER_MB = 1024;
const MS_PER_MINUTE = 60_000;

const measuredSystems = ({ cells }: VersusData): System[] =>
  SYSTEMS.filter(({ id }) => cells.some((cell) => cell.system === id));

const measuredApis = ({ cells }: VersusData): Api[] =>
  APIS.filter(({ id }) => cells.some((cell) => cell.api === id));

type Words = (cell: Cell, fault: FaultCase) => string;

const faultRow = (
  data: VersusData,
  { api, fault, systems }: { api: Api; fault: FaultCase; systems: readonly System[] },
  words: Words,
): string[] => {
  const found = systems.map((system) => ({ system, cell: cellAt(data, api.id, fault.id, system.id) }));
  // A control has no winner.
  const best = fault.id === 'nothing' ? new Set<Cell>() : bestOf(found.flatMap(({ cell }) => cell ?? []));
  const texts = found.map(({ system, cell }) => {
    if (!appliesTo(system, api) || !fault.appliesTo(system)) return NOT_APPLICABLE;
    if (cell === undefined) return NOT_MEASURED;
    return best.has(cell) ? `**${words(cell, fault)}**` : words(cell, fault);
  });
  return [fault.name, ...texts];
};

const outageTable = (data: VersusData, api: Api): Table => {
  const systems = measuredSystems(data);
  return {
    caption: `Outage seen by the client; ${api.what}`,
    head: ['fault', ...systems.map(({ label }) => label)],
    rows: FAULTS.map((fault) => faultRow(data, { api, fault, systems }, cellText)),
  };
};

const megabytes = (kb: number): string => `${(kb / KB_PER_MB).toFixed(1)} MB`;

const restRow = (host: HostAtRest, { label }: System): string[] => [
  `${label}: ${host.role}`,
  String(host.processes),
  megabytes(host.rssKb),
  megabytes(host.anonKb),
  show.percent(host.cpuShare),
  host.packetsInPerSecond.toFixed(1),
  host.packetsOutPerSecond.toFixed(1),
];

const restTable = ({ rest }: VersusData): Table => ({
  caption: `At rest, over ${Math.round(rest.windowMs / 1000)} s`,
  head: [
    'host',
    'processes',
    'memory',
    'of it anonymous',
    'CPU, share of one core',
    'packets in /s',
    'packets out /s',
  ],
  rows: SYSTEMS.flatMap((system) =>
    rest.hosts
      .filter((host) => host.system === system.id && host.api === 'fast')
      .toSorted((a, b) => a.role.localeCompare(b.role))
      .map((host) => restRow(host, system)),
  ),
});

/** The table for the README. */
const briefTable = (data: VersusData): Table => {
  const systems = measuredSystems(data).filter(({ id }) => BRIEF_SYSTEMS.has(id));
  const [api] = APIS;
  if (api === undefined) return { caption: '', head: [], rows: [] };
  const standby = (cell: (host: HostAtRest) => string): string[] =>
    systems.map(({ id }) => {
      const host = data.rest.hosts.find(
        (one) => one.system === id && one.api === api.id && one.role === 'standby',
      );
      return host === undefined ? NOT_MEASURED : cell(host);
    });
  return {
    caption: '',
    head: ['', ...systems.map(({ label }) => label)],
    rows: [
      ...FAULTS.filter(({ id }) => id !== 'nothing').map((fault) =>
        faultRow(data, { api, fault, systems }, briefText),
      ),
      ['memory of a standby', ...standby(({ rssKb }) => megabytes(rssKb))],
      ['CPU of a standby', ...standby(({ cpuShare }) => show.percent(cpuShare))],
    ],
  };
};

/** Faults after which some keepalived is served sooner, by the median. */
const fasterAt = (data: VersusData, api: Api): string => {
  const ahead = FAULTS.flatMap((fault) => {
    const ours = cellAt(data, api.id, fault.id, 'keepaloft');
    if (ours === undefined || ours.runs.length === 0 || fault.id === 'nothing') return [];
    const faster = SYSTEMS.filter(({ id }) => {
      const cell = cellAt(data, api.id, fault.id, id);
      const isMeasured = cell !== undefined && cell.runs.length > 0;
      return isMeasured && isShorter(medianOutageMs(cell), medianOutageMs(ours));
    });
    return faster.length === 0 ? [] : [`${fault.name} (${faster.map(({ short }) => short).join('; ')})`];
  });
  return `when ${api.what}: ${ahead.length === 0 ? 'nowhere' : ahead.join(', ')}`;
};

/** What a standby of each kind takes, as a range. */
const lighterText = ({ rest }: VersusData): string => {
  const standbys = rest.hosts.filter(({ role, api }) => role === 'standby' && api === 'fast');
  const range = (isOurs: boolean, valueOf: (host: HostAtRest) => number, text: (n: number) => string) => {
    const values = standbys.filter(({ system }) => (system === 'keepaloft') === isOurs).map(valueOf);
    const [least, most] = [Math.min(...values), Math.max(...values)].map(text);
    return values.length === 0 ? NOT_MEASURED : least === most ? `${least}` : `${least} to ${most}`;
  };
  const both = (valueOf: (host: HostAtRest) => number, text: (n: number) => string): string =>
    `${range(true, valueOf, text)} against keepalived's ${range(false, valueOf, text)}`;
  return `a standby of Keepaloft takes ${both(({ rssKb }) => rssKb, megabytes)} of memory and ${both(({ cpuShare }) => cpuShare, show.percent)} of a core`;
};

/** Where keepalived is ahead, said by the numbers themselves. */
const aheadNote = (data: VersusData): string =>
  `**Where keepalived is ahead** of Keepaloft. Faster, by the median of the outages (differences below 50 ms do not count): ${measuredApis(
    data,
  )
    .map((api) => fasterAt(data, api))
    .join(
      '; ',
    )}. Lighter: ${lighterText(data)}. And it needs no arbiter: what that one's absence costs Keepaloft stands in its own two rows.`;

/** What decides whether a partition ends dark. */
const darkNote = ({ cells }: VersusData): string => {
  const dark = cells.flatMap(({ fault, runs }) =>
    fault === 'cut-peers' ? runs.filter((run) => run.dark) : [],
  );
  const higher = dark.filter(({ fromHigher }) => fromHigher).length;
  const all = cells.flatMap(({ fault, runs }) => (fault === 'cut-peers' ? runs : []));
  return `**Dark for good** means: not served until the watch ended, ${CAP_MS / 1000} s after the fault had ended (after a lethal one: after it struck). While peers are cut both are MASTER; once they meet again the one of the higher priority stays MASTER, and since that is no change its script does not run again. So it matters who was MASTER before: of all ${all.length} runs with peers cut, ${dark.length} ended dark, ${higher} of these with the host of the higher priority as MASTER before.`;
};

/** Tries that were thrown away, in runs that count and in those that came to nothing. */
const againIn = ({ runs, failures }: Cell): number =>
  runs.reduce((sum, run) => sum + run.repeats, 0) + failures.length * TRIES_MAX;

const qualityNote = ({ cells, tookMs }: VersusData): string => {
  const runs = cells.flatMap((cell) => cell.runs);
  const stalled = runs.filter(({ stallMs }) => stallMs > 0);
  const longest = Math.max(0, ...stalled.map(({ stallMs }) => stallMs));
  const failed = cells.reduce((sum, { failures }) => sum + failures.length, 0);
  const repeatsOf = (id: SystemId): number =>
    cells.filter(({ system }) => system === id).reduce((sum, cell) => sum + againIn(cell), 0);
  const again = SYSTEMS.filter(({ id }) => repeatsOf(id) > 0)
    .map(({ id, short }) => `${short} ${repeatsOf(id)}`)
    .join(', ');
  const said = stalled.length === 0 ? '' : `, for ${time(longest)} at most in one run`;
  return `${runs.length} runs in ${Math.round(tookMs / MS_PER_MINUTE)} min, ${failed} times without a result. Tries that were thrown away: ${again === '' ? 'none' : again}. All hosts share one machine: a run is thrown away and repeated when the prober itself stood still for more than ${time(STALL_MS_MAX.lethal)} (${time(STALL_MS_MAX.passing)} where the question is whether the address comes back), since timers and scripts then wait for a CPU as well; where that is the question, its own pauses are taken off the outage. In the runs that count it stood still in ${stalled.length}${said}. "Left alone" is the control: nothing is done to these pairs while the others fail over beside them.`;
};

const methodNote = ({ versions }: VersusData): string =>
  `Each system has two hosts and a VIP of its own; all run side by side in one lab for each speed of the API, with the same client (a probe every 2 ms while a pair is measured) and the same service. Failovers do not overlap: each has a window of its own, and only waiting falls into somebody else's. Outage: all time in which the client was not served, median (range); moves: changes of the host that the fabric delivers to, one unless said otherwise; the shortest median of a row is **bold**, and what is within 50 ms of nothing with it. The faults fall at arbitrary moments. keepalived ${versions.keepalived} (Debian): VRRPv3, unicast, both hosts BACKUP with nopreempt and priorities 200 and 150 (Keepaloft's own are the same), a script that connects to the service every 1 s, fall 2, without weight; since all hosts share one machine, its VRRP process runs with real-time priority, as \`vrrp_rt_priority\` offers. AWS CLI ${versions.aws} (Debian): \`aws ec2 assign-private-ip-addresses --allow-reassignment\` as notify_master, called directly, with the instance role's keys from the metadata service and the CLI's own retries, as the published guides have it; like them it does not set notify_master_rx_lower_pri, and gratuitous ARP is left as it comes, without effect here. The route script changes the lab's route with one \`ip\` command and no cloud API: no cloud offers that, it is the least that scripting can take.`;

/** What the machine alone did to pairs that were left alone. */
const controlNote = ({ cells }: VersusData): string => {
  const counts = ([true, false] as const).map((isOurs) => {
    const runs = cells
      .filter(({ fault, system }) => fault === 'nothing' && (system === 'keepaloft') === isOurs)
      .flatMap((cell) => cell.runs);
    const disturbed = runs.filter(({ outageMs, moves }) => moves > 0 || isShorter(0, outageMs)).length;
    return `${disturbed} of ${runs.length} runs of ${isOurs ? 'Keepaloft' : 'keepalived'}`;
  });
  return `**The machine.** Of the pairs that were left alone, the client missed more than 50 ms or the address moved in ${counts.join(' and ')}. Such pauses of the machine strike adverts and checks of a second and less, and scripts that start a process, more than a lease of 3 s: on a quieter machine keepalived's numbers are better than these, and above all its worst ones.`;
};

const restNote = ({ rest }: VersusData): string => {
  const names = rest.restless.map(({ system, api }) => {
    const label = SYSTEMS.find(({ id }) => id === system)?.label ?? system;
    return `${label} (API ${api})`;
  });
  const missing =
    names.length === 0
      ? ''
      : ` Not in it, because the address moved while nothing was done to the pair: ${names.join(', ')}.`;
  return `Memory is VmRSS of all processes of the program, added up although they share pages; CPU includes the checks that they start. Packets are those of the host's interface, without any client. What the arbiter costs in the cloud is not in this table.${missing}`;
};

const faultsNote = `**The faults**: ${FAULTS.map(({ name, what }) => `*${name}*: ${what}`).join('. ')}. Peers cut and both losses are tried with each host as MASTER in turn. What happens between peers cannot touch Keepaloft, whose hosts do not talk to each other; what corresponds to it are the two rows about the arbiter.`;

const figureOf = (data: VersusData): Figure => ({
  file: CHART_FILE,
  alt: 'Outage seen by a client, by fault: Keepaloft and keepalived with scripts',
  svg: chartOf(data),
});

export const tellVersus = (data: VersusData): Account => ({
  rows: [],
  figures: [figureOf(data)],
  tables: [...measuredApis(data).map((api) => outageTable(data, api)), restTable(data)],
  readme: { name: 'versus', table: briefTable(data), figure: figureOf(data) },
  notes: [
    methodNote(data),
    faultsNote,
    aheadNote(data),
    darkNote(data),
    controlNote(data),
    restNote(data),
    qualityNote(data),
  ],
});
