// Proves that the demonstration of `npm start` ends well, reports what another client measures, and leaves nothing.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { connectLab } from '../../lab/control/client.ts';
import type { LabInfo } from '../../lab/control/types.ts';
import type { ProbeReport } from '../../lab/probe/probe.ts';
import { watchProbes } from '../../lab/scenario/watch.ts';
import { labsStartedBy, leftoversOf } from './lab/inside.ts';

const keepaloft = fileURLToPath(new URL('../../cli/keepaloft', import.meta.url));
const POLL_MS = 20;
/** What the demonstration may take on a slow machine; the packages are installed already. */
const DEMO_MS_MAX = 60_000;
/** Two clients send every 2 ms, each at its own instants: what they measure differs by a few of these. */
const CLIENTS_DIFFER_MS_MAX = 100;

const documentSchema = z.object({
  version: z.literal(1),
  outageMs: z.number(),
  owners: z.array(z.string()),
  timeline: z.array(z.object({ atMs: z.number(), what: z.string() })),
  lab: z.object({ id: z.string() }),
  probe: z.object({ outageMs: z.number(), lost: z.int(), stallMs: z.number() }),
});

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exited: Promise<number | null>;
}

const start = (...words: string[]): Started => {
  const child = spawn(keepaloft, ['start', ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: DEMO_MS_MAX,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exited = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  return { child, output: () => output, exited };
};

/** The lab that a program starts, once it answers. */
const labOf = async ({ child }: Started): Promise<LabInfo> => {
  for (;;) {
    const [found] = labsStartedBy(child.pid);
    const info =
      found === undefined
        ? undefined
        : await connectLab(found.directory)
            .info()
            .catch(() => undefined);
    if (info !== undefined) return info;
    await delay(POLL_MS);
  }
};

/** Another client of the same lab: from before the fault until the second owner has answered for a while. */
const measureBeside = async (info: LabInfo): Promise<ProbeReport | undefined> => {
  const owners = new Set<string>();
  const watched = watchProbes(info, info.vips, {
    onEvent: (event) => {
      if (event.kind === 'owner') owners.add(event.host);
    },
  });
  while (owners.size < 2) await delay(POLL_MS);
  return (await watched.probes.stop())[0];
};

/** The outage between two owners: what came before the first holder does not belong to it. */
const failoverMs = (report: ProbeReport | undefined): number =>
  report?.outages.find((outage) => outage.before !== null && outage.before !== outage.after)?.ms ?? 0;

describe('keepaloft start', () => {
  it('--once --json ends 0, with an outage as another client measured it, and leaves nothing', async () => {
    const started = start('--once', '--json');
    const { output, exited } = started;
    const info = await labOf(started);
    const beside = await measureBeside(info);
    expect(await exited).toBe(0);
    const seen = documentSchema.parse(JSON.parse(output()));
    expect(seen.lab.id).toBe(info.lab);
    expect(seen.owners).toEqual(['host1', 'host2']);
    expect(seen.probe.lost).toBeGreaterThan(0);
    const slackMs = CLIENTS_DIFFER_MS_MAX + seen.probe.stallMs + (beside?.stallMs ?? 0);
    expect(Math.abs(seen.outageMs - failoverMs(beside))).toBeLessThan(slackMs);
    const story = seen.timeline.map((row) => row.what);
    const told = ['claim', 'intent', 'EC2 call', 'first answer'];
    expect(story.filter((what) => told.includes(what))).toEqual(told);
    // A heartbeat that was on its way when the holder was killed is the last one, and arrives after the fault.
    expect(story.slice(0, story.indexOf('claim'))).toEqual(expect.arrayContaining(['last beat', 'fault']));
    // The fabric's line is written when its command has returned, which may be after the packet that it let through.
    expect(story).toContain('fabric applied');
    expect(leftoversOf(info)).toEqual([]);
  });

  it('takes its lab down at Ctrl-C', async () => {
    const started = start();
    const info = await labOf(started);
    started.child.kill('SIGINT');
    expect(await started.exited).toBe(130);
    expect(leftoversOf(info)).toEqual([]);
  });
});
