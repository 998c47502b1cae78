// Proves that a history survives being written, and that its log and summary can be read by somebody new.
import { describe, expect, it } from 'vitest';
import { fromJsonLines, inOrder, toJsonLines } from '../../../lab/nemesis/history.ts';
import { excerptAt, logLines } from '../../../lab/nemesis/log.ts';
import { outcomeOf, outcomeSchema } from '../../../lab/nemesis/outcome.ts';
import { repeatWords, reportText, summaryLines, violationLines } from '../../../lab/nemesis/report.ts';
import { bound, decision, killedExclusive, killedHolder, ZERO } from './story.ts';

describe('a history', () => {
  it('is the same after it was written and read', () => {
    const history = killedHolder();
    expect(fromJsonLines(toJsonLines(history))).toEqual(history);
  });

  it('that holds something else is refused', () => {
    expect(() => fromJsonLines('{"kind":"gossip","at":1}\n')).toThrow(/kind/);
    expect(() => fromJsonLines('{"kind":')).toThrow(SyntaxError);
  });

  it('is ordered by time, and in one instant as the kernel told it', () => {
    const [one, two, three] = [bound(10, 'host1'), bound(10, 'host2'), bound(5, 'host3')];
    expect(inOrder([two, one, three])).toEqual([three, one, two]);
  });
});

describe('the log', () => {
  it('tells a failover line by line, aligned, in seconds since the start', () => {
    expect(logLines(inOrder(killedHolder()))).toEqual([
      '    0.000       start     fenced         seed test; mysql (172.31.0.201) held by host1',
      '    0.000       client    172.31.0.201   answered by host1 for 1.0 s',
      '    1.000 r1    round     round 1',
      '    1.000 r1    STRIKE    host1          kill-1 kill',
      '    1.000 r1    client    172.31.0.201   dark for 3060 ms, 612 probes lost; host1 before, host2 after',
      '    4.000 r1    arbiter   mysql #8       host1 -> host2: silence',
      '    4.020 r1    fabric    172.31.0.201   leads to host2',
      '    4.030 r1    arbiter   mysql #8       held by host2',
      '    4.040 r1    agent     host2          mysql: BACKUP -> MASTER at epoch 8',
      '    4.050 r1    kernel    host2          has 172.31.0.201',
      '    4.060 r1    client    172.31.0.201   answered by host2 for 7.9 s',
      '    6.000 r1    healed    host1          kill-1 kill',
      '    6.000 r1    quiet                    everything is healed',
      '    6.300 r1    kernel    host1          loses 172.31.0.201',
      '    7.000 r1    at rest                  1.0 s after everything was healed',
      '   12.000 r1    end                      1000 probes sent',
    ]);
  });

  it('tells of a lifetime when it is given, and not each time it is extended', () => {
    const kernel = logLines(inOrder(killedExclusive())).filter((line) => line.includes(' kernel '));
    expect(kernel).toEqual([
      '    4.000 r1    kernel    host1          loses 172.31.0.201',
      '    7.550 r1    kernel    host2          has 172.31.0.201, for 3 s',
    ]);
  });

  it('around an instant is an excerpt', () => {
    const lines = excerptAt(inOrder(killedHolder()), ZERO + 12_000);
    expect(lines[0]).toContain('healed');
    expect(lines.at(-1)).toContain('end');
  });
});

describe('the outcome', () => {
  it('counts what was done and what followed', () => {
    const outcome = outcomeOf(killedHolder());
    expect(outcomeSchema.parse(outcome)).toEqual(outcome);
    expect(outcome).toMatchObject({
      mode: 'fenced',
      seconds: 12,
      rounds: 1,
      converged: 1,
      strikes: { kill: 1 },
      moves: { silence: 1 },
      regrants: 0,
      probes: { sent: 1000, lost: 612, outages: 1, darkMsMax: 3060 },
      convergeMs: { median: 1000, max: 1000 },
      unsafe: 0,
      violations: [],
    });
    expect(summaryLines(outcome)).toEqual([
      'nemesis secondary-ip fenced, seed test: 15 rules hold',
      '  time        0.2 min, 1 round, 1 came to rest',
      '  groups      mysql',
      '  strikes     1: kill 1',
      '  moves       1: silence 1',
      '  probes      1000 sent every 5 ms, 612 lost in 1 outage, the longest 3.06 s',
      '  rest        1.0 s after everything was healed (median), 1.0 s at most',
      '  machine     load 0.5 on 2 cores',
    ]);
  });

  it('of a run that broke a rule tells which, where, and what was going on', () => {
    const history = [
      ...killedHolder(),
      decision(6500, { epoch: 9, from: 'host2', to: 'host1', reason: 'preempt' }),
    ];
    const outcome = outcomeOf(history);
    const told = violationLines(outcome, inOrder(history)).join('\n');
    expect(told).toMatch(
      /VIOLATION of move-without-cause at 6\.500 s: mysql goes from host2 to host1 at epoch 9 \(preempt\)/,
    );
    expect(told).toContain('kernel    host1          loses 172.31.0.201');
    const text = reportText(outcome, inOrder(history), repeatWords(outcome, { minutes: 10, round: 3 }));
    expect(text).toContain(
      'npm run nemesis -- --fabric secondary-ip --groups 1 --mode fenced --seed test --minutes 10 --round 3',
    );
    expect(text).toMatch(/violations:\n {2}6\.500 s {2}move-without-cause/);
    expect(text).toContain('rules:\n  epochs-rise         safety  epochs only rise');
    expect(text).toContain('nemesis secondary-ip fenced, seed test: 2 violations, 0 of them of safety');
    expect(outcome.violations.map(({ rule }) => rule)).toEqual(['move-without-cause', 'one-fault-one-move']);
  });

  it('says when the machine was too busy for bounds in time to say much', () => {
    const history = killedHolder().map((event) =>
      event.kind === 'end' ? { ...event, load: 9, stallMs: 1500 } : event,
    );
    expect(summaryLines(outcomeOf(history)).at(-1)).toBe(
      '  machine     load 9.0 on 2 cores, the prober stood still for 1.50 s in all: too busy for bounds in time to say much',
    );
  });

  it('of a blackout says how to repeat it', () => {
    expect(repeatWords(outcomeOf(killedHolder()), { minutes: 10, blackoutMinutes: 10 })).toBe(
      'npm run nemesis -- --fabric secondary-ip --groups 1 --blackout 10',
    );
  });
});
