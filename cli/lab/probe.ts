/** `keepaloft lab probe`: a client that measures. */

import type { ProbeReport } from '../../lab/probe/analysis.ts';
import { type Sight, watchProbes } from '../../lab/scenario/watch.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { watchInterrupt } from '../interrupt.ts';
import { table, timeOfDay } from '../table.ts';
import { type Terminal, terminalOf } from '../terminal.ts';
import { findLab } from './find.ts';

export interface ProbeOptions {
  lab?: string;
  json?: boolean;
  seconds?: number;
  vip?: string;
}

const sightLine = (sight: Sight, terminal: Terminal): string => {
  const owner =
    sight.owner === null ? terminal.paint('red', 'no answer') : terminal.paint('green', sight.owner);
  return `${sight.vip}  ${owner}  ${sight.answered} answered, ${sight.lost} lost`;
};

/** Of one address: the outage, who answered, and how good the measurement was. */
export const reportLines = (report: ProbeReport): string[] => {
  const owners = report.owners.map((owner) => owner.host).join(' -> ') || 'nobody';
  const quality = `p50 ${report.rttMs.p50} ms, p99 ${report.rttMs.p99} ms, max ${report.rttMs.max} ms`;
  const pauses =
    report.stalls.length === 0
      ? ''
      : `; the prober itself paused ${report.stalls.length} times, ${Math.round(report.stallMs)} ms in all`;
  const outages = report.outages.map((outage) => [
    `  ${timeOfDay(outage.fromEpochMs)}`,
    `${outage.ms.toFixed(1)} ms`,
    `${outage.lost} lost`,
    `${outage.before ?? 'nobody'} -> ${outage.after ?? 'nobody'}`,
  ]);
  return [
    `${report.vip}  outage ${report.outageMs.toFixed(1)} ms, answered by ${owners}`,
    `  ${report.sent} sent every ${report.intervalMs} ms, ${report.answered} answered, ${report.lost} lost`,
    `  round trip ${quality}${pauses}`,
    ...(outages.length === 0 ? [] : table(['  AT', 'SILENT', 'PROBES', 'ANSWERED BY'], outages)),
  ];
};

/** The document of `--json`: of all addresses together the worst outage, then each report. */
export const probeDocument = (lab: string, reports: readonly ProbeReport[]): Record<string, unknown> => ({
  version: 1,
  lab,
  outageMs: Math.max(0, ...reports.map((report) => report.outageMs)),
  owners: [...new Set(reports.flatMap((report) => report.owners.map((owner) => owner.host)))],
  probes: reports,
});

export const probe = async (options: ProbeOptions): Promise<number> => {
  const info = await findLab(options.lab).client.info();
  if (options.vip !== undefined && !info.vips.includes(options.vip)) {
    throw new CliError('unknown-vip', `the lab has no VIP ${options.vip}`, {
      remedy: `name one of: ${info.vips.join(', ')}`,
      exitCode: EXIT.usage,
    });
  }
  const vips = options.vip === undefined ? info.vips : [options.vip];
  const terminal = terminalOf(process.stdout);
  const screen = terminalOf(process.stderr);
  const interrupt = watchInterrupt();
  const watched = watchProbes(info, vips, {
    ...(options.seconds === undefined ? {} : { seconds: options.seconds }),
    onEvent: () => {
      if (screen.isLive && options.json !== true) {
        screen.redraw(watched.sights().map((sight) => sightLine(sight, screen)));
      }
    },
  });
  const onStop = (): void => {
    // The report comes over `finished`, as does a failure of the client.
    watched.probes.stop().catch(() => undefined);
  };
  interrupt.signal.addEventListener('abort', onStop, { once: true });
  try {
    const reports = await watched.probes.finished;
    screen.redraw([]);
    if (options.json === true) {
      terminal.line(JSON.stringify(probeDocument(info.lab, reports), null, 2));
    } else {
      for (const line of reports.flatMap(reportLines)) {
        terminal.line(line);
      }
    }
    return reports.every((report) => report.answered === 0) ? EXIT.down : EXIT.ok;
  } finally {
    interrupt.dispose();
  }
};
