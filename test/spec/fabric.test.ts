/** Proves that the shipped arbiter does what the model of stale movers does. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FABRIC_RULES } from '../../scripts/spec/fabric.ts';
import { readFabricTraces } from '../../scripts/spec/traces.ts';
import { FabricReplay } from './fabric-replay.ts';

const traces = readFabricTraces(fileURLToPath(new URL('../../spec', import.meta.url)));
const sound = traces.filter(({ kind }) => kind === 'goal' || kind === 'walk');
const broken = traces.filter(({ kind }) => kind === 'broken');

const departsOf = (name: string): string | undefined =>
  FABRIC_RULES.find(({ rule }) => name === `without-${rule.toLowerCase().replaceAll('_', '-')}`)?.departs;

describe('fenced groups, step by step', () => {
  it.each(sound.map((trace) => ({ name: `${trace.name}: ${trace.says}`, trace })))('$name', ({ trace }) => {
    expect(new FabricReplay().run(trace)).toBeUndefined();
  });
});

describe('fenced groups depart from the model', () => {
  it.each(broken.map((trace) => ({ name: trace.says, trace })))('$name', ({ trace }) => {
    expect(new FabricReplay().run(trace)?.action).toBe(departsOf(trace.name));
  });

  it('in one trace for each rule', () => {
    expect(broken).toHaveLength(FABRIC_RULES.length);
  });
});
