/** Proves that every fault has a window long enough for what it causes, and is tried only where it means something. */
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../../bench/versus/faults.ts';
import { APIS, appliesTo, SYSTEMS, type SystemId } from '../../../bench/versus/systems.ts';

const applicable = FAULTS.flatMap((fault) =>
  SYSTEMS.filter((system) => fault.appliesTo(system)).flatMap((system) =>
    APIS.filter((api) => appliesTo(system, api)).map((api) => ({ fault, system, api })),
  ),
);

describe('the faults', () => {
  it('are 78 cells and a control for each system at each speed of the API', () => {
    const measured = applicable.filter(({ fault }) => fault.id !== 'nothing');
    expect(measured).toHaveLength(78);
    expect(applicable.length - measured.length).toBe(11);
  });

  it('do not throttle a script that calls no API', () => {
    const throttled = FAULTS.filter(({ id }) => id === 'throttle').flatMap((fault) =>
      SYSTEMS.filter(fault.appliesTo),
    );
    expect(throttled.map(({ id }) => id)).toEqual([
      'keepaloft',
      'cli-1000',
      'cli-100',
      'cli-30',
    ] satisfies SystemId[]);
  });

  it('have windows that begin no earlier than the fault and end after the API has applied the move', () => {
    for (const { fault, system, api } of applicable) {
      const window = fault.window(system, api);
      if (window === null) continue;
      expect(window.leadMs).toBeGreaterThanOrEqual(0);
      expect(window.activeMsMax).toBeGreaterThan(api.ackMs + api.propagationMs);
    }
  });

  it('leave a silent host four beats to be noticed', () => {
    for (const { fault, system, api } of applicable.filter((one) => one.fault.id === 'kill')) {
      const window = fault.window(system, api);
      expect((window?.leadMs ?? 0) + (window?.activeMsMax ?? 0)).toBeGreaterThan(
        4 * (system.advertMs ?? 1000),
      );
    }
  });
});
