// Proves that a real client process measures a real service over loopback, and that its failures are told.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { LabError } from '../../../lab/errors.ts';
import { type ProbeEvent, startProbe, startProbes } from '../../../lab/probe/probe.ts';

const serviceFile = fileURLToPath(new URL('../../../lab/service/main.ts', import.meta.url));
/** Different in every run, below the range that the kernel gives out by itself. */
const servicePort = 20_000 + (process.pid % 6000);
const silentPort = servicePort + 6000;
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) {
    stop();
  }
});

const startService = async (host: string, udpPort: number, vips: readonly string[]): Promise<void> => {
  const child = spawn(
    process.execPath,
    [
      serviceFile,
      '--host',
      host,
      ...vips.flatMap((vip) => ['--vip', vip]),
      '--udp-port',
      String(udpPort),
      '--http-port',
      String(udpPort),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' } },
  );
  stops.push(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
};

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
};

describe('probe', () => {
  it('reports owner, counts and round trips of an address that answers, one report per address', async () => {
    const vips = ['127.0.0.61', '127.0.0.62'];
    await startService('host1', servicePort, vips);
    const events: ProbeEvent[] = [];
    const probes = startProbes({
      enter: [],
      labId: 'fe11',
      vips,
      port: servicePort,
      onEvent: (event) => events.push(event),
    });
    await probes.ready;
    await until(() => events.filter((event) => event.kind === 'progress' && event.answered > 50).length > 1);
    const reports = await probes.stop();
    expect(reports.map((report) => report.vip)).toEqual(vips);
    for (const report of reports) {
      expect(report.answered).toBeGreaterThan(50);
      expect(report.sent).toBe(report.answered + report.lost);
      expect(report.owners.map((owner) => owner.host)).toEqual(['host1']);
      expect(report.rttMs.p50).toBeGreaterThan(0);
    }
    expect(events).toContainEqual(expect.objectContaining({ kind: 'owner', vip: vips[0], host: 'host1' }));
  });

  it('counts every probe as lost when nobody answers, and says that the address is silent', async () => {
    const events: ProbeEvent[] = [];
    const probe = startProbe({
      enter: [],
      labId: 'fe11',
      vip: '127.0.0.63',
      port: silentPort,
      seconds: 0.2,
      onEvent: (event) => events.push(event),
    });
    const report = await probe.finished;
    expect(report.sent).toBeGreaterThan(10);
    expect(report).toMatchObject({ answered: 0, lost: report.sent, owners: [] });
    expect(report.outages).toHaveLength(1);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'silent', vip: '127.0.0.63' }));
  });

  it('fails with the reason when the client cannot run', async () => {
    const probe = startProbe({ enter: [], labId: 'fe11', vip: '127.0.0.64', intervalMs: 0 });
    await expect(probe.ready).rejects.toThrow(LabError);
    await expect(probe.finished).rejects.toThrow(/--interval-ms/u);
    const missing = startProbe({ enter: ['/nonexistent/program'], labId: 'fe11', vip: '127.0.0.64' });
    await expect(missing.stop()).rejects.toThrow(/ENOENT/u);
  });
});
