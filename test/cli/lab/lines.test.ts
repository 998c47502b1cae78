// Proves how faults are ordered, and how journals, probes, tables and times read.
import { describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/failure.ts';
import { demoDocument, measuredLines } from '../../../cli/lab/demo-report.ts';
import { orderOf } from '../../../cli/lab/fault.ts';
import { entryLine } from '../../../cli/lab/logs.ts';
import { probeDocument, reportLines } from '../../../cli/lab/probe.ts';
import { elapsed, table } from '../../../cli/table.ts';
import { terminalOf } from '../../../cli/terminal.ts';
import { failoverTimeline } from '../../../lab/timeline/timeline.ts';
import { labInfo } from '../../lab/scenario/fixtures.ts';
import { call, entry, hosts, silence, silenceSeen, transfer } from '../../lab/timeline/story.ts';

const terminal = terminalOf({ write: () => true }, {});

describe('orderOf', () => {
  it('reads a fault from the command line', () => {
    expect(orderOf('loss', 'host1/arbiter', { for: '1.5s', percent: 20 })).toEqual({
      kind: 'loss',
      target: 'host1/arbiter',
      forMs: 1500,
      percent: 20,
    });
  });

  it('names one service of a host by its name', () => {
    expect(orderOf('service', 'host1', { service: 'redis' })).toEqual({
      kind: 'service',
      target: 'host1',
      service: 'redis',
    });
    expect(() => orderOf('service', 'host1', { service: 'Redis 7' })).toThrow(CliError);
  });

  it('refuses an error code that is none, and a fault of no length', () => {
    expect(() => orderOf('ec2-error', 'all', { code: '!' })).toThrow(CliError);
    expect(() => orderOf('kill', 'all', { for: '0s' })).toThrow(CliError);
  });
});

describe('entryLine', () => {
  it.each([
    [
      transfer(0, 'silence', { detail: { silentMs: 3003 } }),
      'transfer       demo epoch 2 i-00000000000000001 -> i-00000000000000002 (silence) silentMs=3003',
    ],
    [
      entry('fault', 0, { fault: { id: 'f1', kind: 'kill', targets: ['host1'] } }),
      'fault          f1 kill host1',
    ],
    [call(0, 7), 'ec2-call       AssignPrivateIpAddresses 200 7 ms by - addresses=172.31.0.201 eni=eni-2'],
    [entry('applied', 0, { address: 'x', host: null }), 'applied        x leads to -'],
    [
      entry('process', 0, {
        host: 'host1',
        what: 'agent',
        event: 'exited',
        pid: 5,
        code: null,
        signal: 'SIGKILL',
      }),
      'process        host1 agent exited pid=5 code=- signal=SIGKILL',
    ],
    [
      entry('agent', 0, { host: 'host1', level: 'info', message: 'hello', fields: { a: 1 } }),
      'agent          host1 info hello a=1',
    ],
    [entry('other', 0, { a: { b: 1 }, c: undefined }), 'other          a={"b":1}'],
  ])('%j', (one, expected) => {
    expect(entryLine(one, terminal)).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}/u);
    expect(entryLine(one, terminal).slice(14)).toBe(expected);
  });
});

describe('a probe', () => {
  it('is reported with outage, owners and the quality of the measurement', () => {
    const lines = reportLines({
      ...silenceSeen(),
      outageMs: 2358,
      stalls: [{ fromEpochMs: 0, ms: 30 }],
      stallMs: 30,
    });
    expect(lines[0]).toBe('172.31.0.201  outage 2358.0 ms, answered by host1 -> host2');
    expect(lines[2]).toContain('the prober itself paused 1 times, 30 ms in all');
    expect(lines.at(-1)).toContain('2358.0 ms  10 lost  host1 -> host2');
  });

  it('of several addresses has the worst outage and every owner once', () => {
    const document = probeDocument('12ab', [silenceSeen(), { ...silenceSeen(), outageMs: 9 }]);
    expect(document).toMatchObject({ lab: '12ab', outageMs: 9, owners: ['host1', 'host2'] });
  });
});

describe('the demonstration', () => {
  const timeline = failoverTimeline(silence(), { hosts, probe: silenceSeen() });

  it('is one document with outage, owners, timeline, lab, probe and how each was measured', () => {
    if (timeline === null) throw new Error('the story has a transfer');
    const document = demoDocument(labInfo(), silenceSeen(), timeline);
    expect(document).toMatchObject({
      outageMs: 2358,
      owners: ['host1', 'host2'],
      lab: { id: '12ab', mode: 'root' },
    });
    expect(document['timeline']).toBe(timeline.rows);
    expect(Object.keys(document['measured'] ?? {})).toEqual(['how']);
  });

  it('says when the machine was too busy to measure well', () => {
    if (timeline === null) throw new Error('the story has a transfer');
    const busy = { ...silenceSeen(), stalls: [{ fromEpochMs: 0, ms: 80 }], stallMs: 80 };
    expect(measuredLines(busy, timeline, terminal).at(-1)).toContain('paused for 80 ms');
    expect(measuredLines(silenceSeen(), timeline, terminal)).toHaveLength(2);
  });
});

describe('tables and times', () => {
  it('are aligned, without blanks at the ends', () => {
    expect(table(['A', 'LONG'], [['wider', 'x']])).toEqual(['A      LONG', 'wider  x']);
  });

  it.each([
    [-5, '0.0s'],
    [430, '0.4s'],
    [12_900, '12s'],
    [125_000, '2m05s'],
    [11_040_000, '3h04m'],
    [183_600_000, '2d03h'],
  ])('%i ms', (ms, text) => {
    expect(elapsed(ms)).toBe(text);
  });
});
