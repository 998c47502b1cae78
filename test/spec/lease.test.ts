/** Proves that the shipped reducers do what the model of exclusive groups does, and not what it does without its rules. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../scripts/spec/lease.ts';
import { PHASES, parseStep, ROLES } from '../../scripts/spec/trace.ts';
import { readLeaseTraces } from '../../scripts/spec/traces.ts';
import { Replay } from './replay.ts';

const traces = readLeaseTraces(fileURLToPath(new URL('../../spec', import.meta.url)));
const sound = traces.filter(({ kind }) => kind !== 'broken');
const broken = traces.filter(({ kind }) => kind === 'broken');

const departsOf = (name: string): string | undefined =>
  RULES.find(({ rule }) => name === `without-${rule.toLowerCase().replaceAll('_', '-')}`)?.departs;

describe('exclusive groups, step by step', () => {
  it.each(sound.map((trace) => ({ name: `${trace.name}: ${trace.says}`, trace })))('$name', ({ trace }) => {
    expect(new Replay(trace).run()).toBeUndefined();
  });
});

describe('exclusive groups depart from the model', () => {
  it.each(broken.map((trace) => ({ name: trace.says, trace })))('$name', ({ trace }) => {
    const difference = new Replay(trace).run();
    expect(difference?.step.action).toBe(departsOf(trace.name));
  });
});

describe('the stored traces', () => {
  const steps = sound.flatMap((trace) => trace.steps.map(parseStep));

  it('have one for each rule', () => {
    expect(broken).toHaveLength(RULES.length);
  });

  it('pass through every phase and role', () => {
    expect(new Set(steps.map(({ view }) => view.phase))).toEqual(new Set(PHASES));
    expect(new Set(steps.flatMap(({ view }) => view.hosts.map(({ role }) => role)))).toEqual(new Set(ROLES));
  });

  it('contain every action', () => {
    const actions = ['begin', 'send', 'send-deaf', 'lose', 'handle', 'handle-batch', 'reply', 'apply'];
    const others = ['unbind', 'fault', 'crash', 'restart', 'commit', 'wait', 'deploy', 'pass'];
    expect(new Set(steps.map(({ action }) => action))).toEqual(new Set([...actions, ...others]));
  });
});
