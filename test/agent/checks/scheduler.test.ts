// Proves that a group's checks become its health, in time, and that a reload keeps their counts.

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { fail, type Probe, pass } from '../../../agent/checks/probe.ts';
import { type CheckReport, startChecks } from '../../../agent/checks/scheduler.ts';
import { bootNow } from '../../../agent/host/boot-clock.ts';
import { type HostCheck, hostCheckSchema } from '../../../core/wire/config.ts';
import { until } from '../until.ts';

const config = (over: Record<string, unknown>): HostCheck =>
  z.parse(hostCheckSchema, { tcp: '127.0.0.1:1', interval: '50ms', timeout: '1s', ...over });

const start = (
  checks: Record<string, HostCheck>,
  probes?: Record<string, () => boolean>,
  previous?: ReturnType<ReturnType<typeof startChecks>['states']>,
) => {
  const reports: CheckReport[] = [];
  const probeOf = (check: HostCheck): Probe => {
    const name = Object.keys(checks).find((key) => checks[key] === check) ?? '';
    return () => Promise.resolve(probes?.[name]?.() === true ? pass('fine') : fail('refused'));
  };
  const running = startChecks({
    checks,
    base: 100,
    scriptUser: 'nobody',
    now: bootNow,
    onReport: (report) => reports.push(report),
    ...(previous === undefined ? {} : { previous }),
    ...(probes === undefined ? {} : { probeOf }),
  });
  return { reports, running };
};

describe('startChecks', () => {
  it('notices that a real service died within fall times interval, and that it is back', async () => {
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { reports, running } = start({ service: config({ tcp: `127.0.0.1:${port}` }) });
    expect(running.ready()).toBe(false);
    await until('it is seen to be up', () => running.ready());
    expect(running.assessment()).toMatchObject({ health: 'ok', wavering: false });
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await until('it is seen to be down', () => running.assessment().health === 'fault');
    const failures = reports.filter(({ result }) => !result.passed);
    expect(failures[0]?.assessment).toMatchObject({ health: 'ok', wavering: true });
    expect(failures[1]).toMatchObject({ changed: true, assessment: { health: 'fault' } });
    expect(running.assessment().fault).toContain('ECONNREFUSED');
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    await until('it is seen to be up again', () => running.assessment().health === 'ok');
    running.stop();
    server.close();
  });

  it('adds up several checks', async () => {
    const checks = { a: config({ weight: -20 }), b: config({ weight: 5 }), c: config({}) };
    const { running } = start(checks, { b: () => true, c: () => true });
    await until('a is down', () => running.assessment().priority === 85);
    expect(running.assessment()).toMatchObject({ health: 'ok', degradedBy: ['a'] });
    running.stop();
  });

  it('starts as FAULT with initFail', async () => {
    const { running } = start({ a: config({ initFail: true }) }, { a: () => true });
    expect(running.assessment().health).toBe('fault');
    await until('it has risen', () => running.assessment().health === 'ok');
    running.stop();
  });

  it('keeps counts over a reload, drops removed checks, and starts new ones fresh', async () => {
    const first = start({ a: config({}), gone: config({}) }, {});
    await until('both are down', () => [...first.running.states().values()].every(({ up }) => !up));
    first.running.stop();
    const counted = first.reports.length;
    const second = start({ a: config({}), fresh: config({}) }, { fresh: () => true }, first.running.states());
    expect(second.running.assessment()).toMatchObject({ health: 'fault' });
    expect([...second.running.states().keys()]).toEqual(['a', 'fresh']);
    await until('the second has reported', () => second.reports.length > 2);
    second.running.stop();
    expect(first.reports).toHaveLength(counted);
  });

  it('is ready and ok at once without checks', () => {
    const { running } = start({});
    expect(running.ready()).toBe(true);
    expect(running.assessment()).toMatchObject({ health: 'ok', priority: 100 });
    running.stop();
  });
});
