/** Proves that an answer means to a simulated agent what it means to a real one. */
import { describe, expect, it } from 'vitest';
import { replyOf } from '../../../bench/scale/handler-call.ts';

const answer = { rev: 3, role: 'MASTER', epoch: 2, holder: null, heartbeatMs: 1000, reason: 'first' };
const stale = { code: 'StaleBeat', message: 'not newer', stored: { boot: 1, seq: 9 } };
const body = (groups: object): string => JSON.stringify({ v: 1, groups });

describe('replyOf', () => {
  it('gives the part of its own group', () => {
    expect(replyOf(200, body({ one: answer }), 'one')).toEqual({ kind: 'answer', answer });
    expect(replyOf(200, body({ other: answer }), 'one')).toEqual({ kind: 'server' });
  });

  it('tells a heartbeat that was overtaken from an arbiter in trouble', () => {
    expect(replyOf(200, body({ one: { error: stale } }), 'one')).toEqual({ kind: 'refused', error: stale });
    const contended = { code: 'Contended', message: 'again' };
    expect(replyOf(200, body({ one: { error: contended } }), 'one')).toEqual({ kind: 'server' });
    expect(replyOf(409, JSON.stringify({ error: stale }), 'one')).toEqual({ kind: 'refused', error: stale });
  });

  it('knows throttling and failures by their status alone', () => {
    expect(replyOf(429, 'Too Many Requests', 'one')).toEqual({ kind: 'throttled' });
    expect(replyOf(503, '', 'one')).toEqual({ kind: 'server' });
  });
});
