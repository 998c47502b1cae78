// Proves that each probe is judged once, in the order of sending, and that memory stays bounded.
import { describe, expect, it } from 'vitest';
import { decodeAnswer, encodeProbe, Flight, lostAfterMs } from '../../../lab/probe/flight.ts';

const intervalMs = 100;

describe('probes on the wire', () => {
  it('are recognised with the host that answered', () => {
    const answer = Buffer.concat([encodeProbe(7, 42), Buffer.from('host2')]);
    expect(decodeAnswer(7, answer)).toEqual({ sequence: 42, host: 'host2' });
  });

  it('are refused from another run, without a host, or malformed', () => {
    const answer = Buffer.concat([encodeProbe(7, 42), Buffer.from('host2')]);
    expect(decodeAnswer(8, answer)).toBeNull();
    expect(decodeAnswer(7, encodeProbe(7, 42))).toBeNull();
    expect(decodeAnswer(7, Buffer.from('not a probe at all'))).toBeNull();
    expect(decodeAnswer(7, Buffer.alloc(0))).toBeNull();
  });
});

describe('flight', () => {
  it('waits for the oldest open probe before it judges younger ones', () => {
    const flight = new Flight(intervalMs, 0);
    flight.send(0);
    flight.send(100);
    expect(flight.answer(1, 'host1', 101)).toBe(100);
    flight.settle(102);
    expect(flight.open).toBe(2);
    flight.settle(lostAfterMs + 1);
    expect(flight.open).toBe(0);
    expect(flight.analysis).toMatchObject({ answered: 1, lost: 1 });
  });

  it('does not count an answer twice, nor one that comes too late', () => {
    const flight = new Flight(intervalMs, 0);
    flight.send(0);
    flight.send(1);
    expect(flight.answer(0, 'host1', 5)).toBe(0);
    expect(flight.answer(0, 'host2', 6)).toBeNull();
    expect(flight.answer(1, 'host1', lostAfterMs + 2)).toBeNull();
    expect(flight.answer(9, 'host1', 6)).toBeNull();
    flight.settle(lostAfterMs + 10);
    expect(flight.analysis).toMatchObject({ answered: 1, lost: 1 });
    expect(flight.lateAnswers).toBe(2);
  });

  it('refuses to send while its ring is full, and goes on when probes are decided', () => {
    const flight = new Flight(intervalMs, 0);
    const sent: (number | null)[] = [];
    for (let at = 0; at < 30; at += 1) {
      sent.push(flight.send(0));
    }
    expect(sent.filter((sequence) => sequence !== null)).toHaveLength(20);
    flight.settle(lostAfterMs + 1);
    expect(flight.send(lostAfterMs + 2)).toBe(20);
  });

  it('reports wall-clock times made from monotonic ones', () => {
    const flight = new Flight(intervalMs, 1_000_000);
    flight.send(5);
    flight.answer(0, 'host1', 6);
    flight.settle(6);
    const { owners } = flight.analysis.report({
      vip: 'v',
      intervalMs,
      startedAt: '',
      endedAt: '',
      maxLateMs: 0,
      stalls: [],
      stallMs: 0,
      strayAnswers: 0,
      lateAnswers: 0,
    });
    expect(owners).toEqual([{ host: 'host1', firstEpochMs: 1_000_005, lastEpochMs: 1_000_005, answers: 1 }]);
  });
});
