/** What the demonstration measured, as a document and as text. Pure. */

import type { LabInfo } from '../../lab/control/types.ts';
import type { ProbeReport } from '../../lab/probe/analysis.ts';
import type { Timeline } from '../../lab/timeline/timeline.ts';
import type { Terminal } from '../terminal.ts';

const how = (report: ProbeReport): Record<string, string> => ({
  outageMs: `a client in a namespace of its own sends a UDP probe to ${report.vip} every ${report.intervalMs} ms; an outage lasts from the sending of the last probe answered before it to the sending of the first answered after it; a probe counts as lost after 1 s`,
  owners: 'each answer carries the name of the host that gave it',
  timeline:
    'the API end notes each request, the arbiter each decision, the EC2 end each call, the fabric each change; all by the clock of this machine; 0 is the last heartbeat of the old holder',
  fault: 'SIGKILL to the agent and to the service of the holder at the same moment',
  fabricMs:
    'from the first EC2 call sent to the address delivered to the new host; the API delays of this lab are 0 unless set',
});

/** The one document of `--json`. */
export const demoDocument = (
  info: LabInfo,
  report: ProbeReport,
  timeline: Timeline,
): Record<string, unknown> => {
  const { rows, owners, outageMs, ...move } = timeline;
  return {
    version: 1,
    outageMs: outageMs ?? report.outageMs,
    owners,
    timeline: rows,
    move,
    lab: {
      id: info.lab,
      mode: info.mode,
      vips: info.vips,
      hosts: info.hosts.map(({ name, instanceId, address }) => ({ name, instanceId, address })),
    },
    probe: report,
    measured: { how: how(report) },
  };
};

/** What the numbers mean, for the one who watches. */
export const measuredLines = (report: ProbeReport, timeline: Timeline, terminal: Terminal): string[] => {
  const outage = `${Math.round(timeline.outageMs ?? report.outageMs)} ms`;
  const lines = [
    `The client was without an answer for ${terminal.paint('bold', outage)}: ${report.lost} of ${report.sent} probes, one every ${report.intervalMs} ms.`,
    terminal.paint(
      'dim',
      'Measured from the last probe answered by the old host to the first answered by the new one, by their sending.',
    ),
  ];
  return report.stalls.length === 0
    ? lines
    : [
        ...lines,
        terminal.paint(
          'yellow',
          `The probing itself paused for ${Math.round(report.stallMs)} ms: this machine was busy.`,
        ),
      ];
};
