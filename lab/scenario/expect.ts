/** Compares what a scenario expects with what was observed. Pure. */

import type { LabStatus } from '../control/types.ts';
import type { ProbeReport } from '../probe/analysis.ts';
import { lostBeyondStalls } from '../probe/stalls.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { type Cast, hostIn } from './cast.ts';
import type { Expect } from './schema.ts';

/** The group's counters when the scenario began. */
export interface Baseline {
  epochs: Readonly<Record<string, number>>;
  repairs: Readonly<Record<string, number>>;
}

/** When somebody struck, healed or moved something last: who held what then, and which hosts were hit. */
export interface Strike {
  groups: Readonly<Record<string, { holder: string | null; epoch: number }>>;
  hosts: readonly string[];
}

export const strikeOf = (status: LabStatus, hosts: readonly string[]): Strike => ({
  groups: Object.fromEntries(
    status.groups.map(({ name, holderHost, epoch }) => [name, { holder: holderHost, epoch }]),
  ),
  hosts,
});

export interface Observed {
  cast: Cast;
  baseline: Baseline;
  reports: readonly ProbeReport[];
  timeline: Timeline | null;
  /** null before anything was done to the lab. */
  strike: Strike | null;
}

export const baselineOf = (status: LabStatus): Baseline => ({
  epochs: Object.fromEntries(status.groups.map((group) => [group.name, group.epoch])),
  repairs: Object.fromEntries(status.groups.map((group) => [group.name, group.repairs])),
});

/** Changes of holder since the baseline, over all groups: each raises an epoch by one. */
export const movesSince = (status: LabStatus, { epochs }: Baseline): number =>
  status.groups.reduce((sum, group) => sum + group.epoch - (epochs[group.name] ?? 0), 0);

export const repairsSince = (status: LabStatus, { repairs }: Baseline): number =>
  status.groups.reduce((sum, group) => sum + group.repairs - (repairs[group.name] ?? 0), 0);

export interface Verdict {
  what: string;
  ok: boolean;
}

const verdict = (ok: boolean, what: string, wanted: string): Verdict => ({
  ok,
  what: ok ? what : `${what}, expected ${wanted}`,
});

const aboutHolder = (expect: Expect, { cast }: Observed): Verdict[] => {
  if (expect.holder === undefined) {
    return [];
  }
  const held = cast.status.groups[0]?.holderHost ?? 'nobody';
  const wanted = hostIn(cast, expect.holder).name;
  return [verdict(held === wanted, `${held} holds`, wanted)];
};

const aboutCounts = (expect: Expect, { cast, baseline, timeline }: Observed): Verdict[] => {
  const moves = movesSince(cast.status, baseline);
  const repairs = repairsSince(cast.status, baseline);
  const reason = timeline?.reason ?? 'none';
  return [
    ...(expect.moves === undefined
      ? []
      : [
          verdict(moves === expect.moves, `${moves} ${moves === 1 ? 'move' : 'moves'}`, String(expect.moves)),
        ]),
    ...(expect.repairs === undefined
      ? []
      : [verdict(repairs === expect.repairs, `${repairs} repaired`, String(expect.repairs))]),
    ...(expect.reason === undefined
      ? []
      : [verdict(reason === expect.reason, `reason ${reason}`, expect.reason)]),
  ];
};

const aboutClient = (expect: Expect, { cast, reports, timeline }: Observed): Verdict[] => {
  const verdicts: Verdict[] = [];
  const outageMs = Math.max(0, ...reports.map((report) => report.outageMs));
  const isMeasured = reports.length > 0;
  if (expect.outageMsMax !== undefined) {
    const what = isMeasured ? `client dark ${Math.round(outageMs)} ms` : 'no probe ran';
    verdicts.push(
      verdict(isMeasured && outageMs <= expect.outageMsMax, what, `at most ${expect.outageMsMax} ms`),
    );
  }
  if (expect.beyondFabricMsMax !== undefined) {
    const beyondMs = timeline?.beyondFabricMs ?? null;
    const what = beyondMs === null ? 'no move was measured' : `${Math.round(beyondMs)} ms beyond the fabric`;
    const ok = beyondMs !== null && beyondMs <= expect.beyondFabricMsMax;
    verdicts.push(verdict(ok, what, `at most ${expect.beyondFabricMsMax} ms`));
  }
  if (expect.owners !== undefined) {
    const seen = (reports[0]?.owners ?? []).map((owner) => owner.host).join(' ');
    const wanted = expect.owners.map((owner) => hostIn(cast, owner).name).join(' ');
    verdicts.push(verdict(seen === wanted, `answered by ${seen || 'nobody'}`, wanted));
  }
  return verdicts;
};

type GroupExpect = NonNullable<Expect['groups']>[string];
type GroupStatus = LabStatus['groups'][number];

/** What the client saw of one VIP. */
const aboutReport = (name: string, expect: GroupExpect, report: ProbeReport, cast: Cast): Verdict[] => {
  const verdicts: Verdict[] = [];
  if (expect.lost !== undefined) {
    const lost = lostBeyondStalls(report);
    const rest =
      report.lost === lost ? '' : `, and ${report.lost - lost} while the client itself stood still`;
    verdicts.push(
      verdict(lost === expect.lost, `${name}: ${lost} of ${report.sent} lost${rest}`, String(expect.lost)),
    );
  }
  if (expect.outageMsMax !== undefined) {
    const what = `${name}: client dark ${Math.round(report.outageMs)} ms`;
    verdicts.push(verdict(report.outageMs <= expect.outageMsMax, what, `at most ${expect.outageMsMax} ms`));
  }
  if (expect.owners !== undefined) {
    const seen = report.owners.map((owner) => owner.host).join(' ');
    const wanted = expect.owners.map((owner) => hostIn(cast, owner).name).join(' ');
    verdicts.push(verdict(seen === wanted, `${name}: answered by ${seen || 'nobody'}`, wanted));
  }
  return verdicts;
};

const aboutMove = (group: GroupStatus, wanted: boolean | 'if-struck', strike: Strike | null): Verdict => {
  const before = strike?.groups[group.name];
  if (strike === null || before === undefined)
    return verdict(false, `nothing has been done to ${group.name}`, 'a fault, a heal or a foreign move');
  const was = before.holder ?? 'nobody';
  const holds = group.holderHost ?? 'nobody';
  const moved = group.epoch !== before.epoch || holds !== was;
  const what = moved ? `${group.name} went from ${was} to ${holds}` : `${group.name} stayed with ${was}`;
  const should = wanted === 'if-struck' ? strike.hosts.includes(was) : wanted;
  // To one that was hit as well nothing has been moved to safety.
  const isRight = should ? moved && holds !== was && !strike.hosts.includes(holds) : !moved;
  return verdict(isRight, what, should ? 'another host' : 'no move');
};

const aboutGroup = (name: string, expect: GroupExpect, { cast, reports, strike }: Observed): Verdict[] => {
  const group = cast.status.groups.find((one) => one.name === name);
  if (group === undefined) {
    return [verdict(false, `the lab has no group ${name}`, 'one')];
  }
  const verdicts: Verdict[] = [];
  if (expect.holder !== undefined) {
    const wanted = hostIn(cast, expect.holder).name;
    const held = group.holderHost ?? 'nobody';
    verdicts.push(verdict(held === wanted, `${held} holds ${name}`, wanted));
  }
  if (expect.moved !== undefined) verdicts.push(aboutMove(group, expect.moved, strike));
  const seen = reports.filter((one) => group.vips.some((vip) => vip.address === one.vip));
  const isMeant =
    expect.lost !== undefined || expect.outageMsMax !== undefined || expect.owners !== undefined;
  if (isMeant && seen.length === 0) {
    return [...verdicts, verdict(false, `no probe of ${name} ran`, 'one')];
  }
  return [
    ...verdicts,
    ...seen.flatMap((report) =>
      aboutReport(seen.length === 1 ? name : `${name} ${report.vip}`, expect, report, cast),
    ),
  ];
};

/** Whether any of what is expected can only be told by the client, whose probe then ends. */
export const needsReports = ({ outageMsMax, beyondFabricMsMax, owners, groups }: Expect): boolean =>
  [
    outageMsMax,
    beyondFabricMsMax,
    owners,
    ...Object.values(groups ?? {}).flatMap((group) => [group.lost, group.outageMsMax, group.owners]),
  ].some((wish) => wish !== undefined);

/** One verdict for each thing that is expected, in the order of the file's documentation. */
export const judge = (expect: Expect, observed: Observed): Verdict[] => [
  ...aboutHolder(expect, observed),
  ...aboutCounts(expect, observed),
  ...aboutClient(expect, observed),
  ...Object.entries(expect.groups ?? {}).flatMap(([name, group]) => aboutGroup(name, group, observed)),
];
