// Proves that checks count as keepalived's do: fall and rise in a row, weight 0 is FAULT, weights add up within 1-254.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assess,
  type CheckSpec,
  type CheckState,
  type CountedCheck,
  FAULT_CHARS_MAX,
  initialCheck,
  reduceCheck,
} from '../../core/checks.ts';
import { bootMs } from '../../core/time.ts';

const specs = fc.record<CheckSpec>({
  rise: fc.integer({ min: 1, max: 5 }),
  fall: fc.integer({ min: 1, max: 5 }),
  weight: fc.integer({ min: -253, max: 253 }),
  initFail: fc.boolean(),
});
const results = fc.array(fc.boolean(), { maxLength: 60 });
const spec = (over: Partial<CheckSpec> = {}): CheckSpec => ({
  rise: 2,
  fall: 2,
  weight: 0,
  initFail: false,
  ...over,
});

const play = (check: CheckSpec, outcomes: readonly boolean[]): CheckState =>
  outcomes.reduce(
    (state, passed, index) =>
      reduceCheck(check, state, { passed, detail: passed ? 'fine' : 'refused' }, bootMs(index)),
    initialCheck(check),
  );
const counted = (name: string, check: CheckSpec, outcomes: readonly boolean[]): CountedCheck => ({
  name,
  spec: check,
  state: play(check, outcomes),
});

describe('counting', () => {
  it('goes down after exactly `fall` failures in a row and up after exactly `rise` successes', () => {
    const check = spec({ fall: 3, rise: 2 });
    expect(play(check, [false, false]).up).toBe(true);
    expect(play(check, [false, false, false]).up).toBe(false);
    expect(play(check, [false, false, false, true]).up).toBe(false);
    expect(play(check, [false, false, false, true, true]).up).toBe(true);
  });

  it('starts the count anew when a result in between agrees', () => {
    expect(play(spec({ fall: 2 }), [false, true, false, true, false]).up).toBe(true);
    expect(play(spec({ rise: 2, initFail: true }), [true, false, true, false, true]).up).toBe(false);
  });

  it('starts failed with initFail until `rise` successes, passed without', () => {
    expect(initialCheck(spec({ initFail: true })).up).toBe(false);
    expect(play(spec({ initFail: true, rise: 2 }), [true, true]).up).toBe(true);
    expect(initialCheck(spec()).up).toBe(true);
  });

  it('remembers when it changed and that it was ever seen', () => {
    expect(initialCheck(spec()).seen).toBe(false);
    const state = play(spec({ fall: 2 }), [true, false, false, false]);
    expect(state).toMatchObject({ seen: true, up: false, changedAt: 2 });
  });

  it('agrees for every history with the last run of equal results', () => {
    fc.assert(
      fc.property(specs, results, (check, outcomes) => {
        let up = !check.initFail;
        let run = 0;
        for (const passed of outcomes) {
          run = passed === up ? 0 : run + 1;
          if (run === (up ? check.fall : check.rise)) {
            up = !up;
            run = 0;
          }
        }
        const state = play(check, outcomes);
        expect([state.up, state.against]).toEqual([up, run]);
      }),
    );
  });

  it('never changes on a result that agrees, and against stays below its threshold', () => {
    fc.assert(
      fc.property(specs, results, fc.boolean(), (check, outcomes, passed) => {
        const before = play(check, outcomes);
        const now = reduceCheck(check, before, { passed, detail: '' }, bootMs(99));
        expect(passed !== before.up || now.up === before.up).toBe(true);
        expect(now.against).toBeLessThan(now.up ? check.fall : check.rise);
      }),
    );
  });
});

describe('assessing', () => {
  it('is FAULT with a reason when a check of weight 0 is down', () => {
    const assessment = assess(100, [counted('mysqld', spec(), [false, false])]);
    expect(assessment).toMatchObject({ health: 'fault', fault: 'check mysqld: refused', priority: 100 });
    expect(assessment.degradedBy).toEqual([]);
  });

  it('adds a negative weight while down, a positive one while up, and is not FAULT for either', () => {
    const down = [false, false];
    expect(assess(100, [counted('a', spec({ weight: -30 }), down)])).toMatchObject({
      health: 'ok',
      priority: 70,
    });
    expect(assess(100, [counted('a', spec({ weight: -30 }), [true])]).priority).toBe(100);
    expect(assess(100, [counted('a', spec({ weight: 20 }), [true])]).priority).toBe(120);
    expect(assess(100, [counted('a', spec({ weight: 20 }), down)])).toMatchObject({
      health: 'ok',
      priority: 100,
      degradedBy: ['a'],
    });
  });

  it('wavers exactly while a check that is still up has failures in a row', () => {
    expect(assess(100, [counted('a', spec({ fall: 3 }), [false])]).wavering).toBe(true);
    expect(assess(100, [counted('a', spec({ fall: 3 }), [false, true])]).wavering).toBe(false);
    expect(assess(100, [counted('a', spec({ fall: 1 }), [false])]).wavering).toBe(false);
    expect(assess(100, [counted('a', spec({ initFail: true }), [true])]).wavering).toBe(false);
  });

  it.each([
    [-30, true, 100],
    [-30, false, 130],
    [20, true, 80],
    [20, false, 100],
  ])('turns round with reverse what a weight of %i does (passes: %s)', (weight, passes, priority) => {
    const outcomes = [passes, passes];
    expect(assess(100, [counted('a', spec({ weight, reverse: true }), outcomes)]).priority).toBe(priority);
  });

  it('with reverse, being up is what costs, and may begin with the next result', () => {
    const reversed = spec({ weight: -30, reverse: true });
    expect(assess(100, [counted('a', reversed, [true])]).degradedBy).toEqual(['a']);
    expect(assess(100, [counted('a', reversed, [false, false])])).toMatchObject({
      degradedBy: [],
      down: ['a'],
      wavering: false,
    });
    expect(assess(100, [counted('a', reversed, [false, false, true])]).wavering).toBe(true);
    expect(assess(100, [counted('a', reversed, [false])]).wavering).toBe(false);
  });

  it('keeps the priority within 1 to 254 and the fault within its bound, whatever the checks', () => {
    const many = fc.array(
      fc.tuple(specs, results).map(([check, outcomes]) => counted('check', check, outcomes)),
      { maxLength: 16 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 254 }), many, (base, checks) => {
        const { priority, health, fault, degradedBy } = assess(base, checks);
        expect(priority).toBeGreaterThanOrEqual(1);
        expect(priority).toBeLessThanOrEqual(254);
        expect(health === 'fault').toBe(checks.some((c) => c.spec.weight === 0 && !c.state.up));
        expect(fault === undefined).toBe(health === 'ok');
        expect((fault ?? '').length).toBeLessThanOrEqual(FAULT_CHARS_MAX);
        expect(degradedBy.length).toBe(checks.filter((c) => c.spec.weight !== 0 && !c.state.up).length);
      }),
    );
  });

  it('names every check that is down, whatever its weight, and none that is up', () => {
    const down = [false, false];
    const checks = [
      counted('fatal', spec(), down),
      counted('weighted', spec({ weight: -30 }), down),
      counted('fine', spec(), [true]),
    ];
    expect(assess(100, checks).down).toEqual(['fatal', 'weighted']);
    expect(assess(100, checks.slice(2))).not.toHaveProperty('down');
  });

  it('gives the base and no fault without checks', () => {
    expect(assess(100, [])).toEqual({ health: 'ok', priority: 100, wavering: false, degradedBy: [] });
  });
});

describe('a number in a file', () => {
  const file = (over: Partial<CheckSpec> = {}): CheckSpec => spec({ file: '/run/load', weight: 1, ...over });
  /** `undefined`: it could not be read, or holds something else. */
  const after = (check: CheckSpec, values: readonly (number | undefined)[]): CountedCheck => ({
    name: 'load',
    spec: check,
    state: values.reduce(
      (state, value, index) =>
        reduceCheck(
          check,
          state,
          value === undefined
            ? { passed: false, detail: 'no number' }
            : { passed: true, detail: `holds ${value}`, value },
          bootMs(index),
        ),
      initialCheck(check),
    ),
  });
  const judged = (over: Partial<CheckSpec>, values: readonly (number | undefined)[]) =>
    assess(100, [after(file(over), values)]);

  it.each([
    [{}, 20, 120],
    [{}, -20, 80],
    [{ weight: -3 }, 10, 70],
    [{ weight: -3, reverse: true }, 10, 130],
    [{ weight: 254 }, 0, 100],
    [{}, 0, 100],
    [{}, 2000, 254],
    [{}, -253, 1],
    [{ weight: 0 }, 0, 100],
  ])('%j with %i gives %i at once', (over, value, priority) => {
    expect(judged(over, [value])).toMatchObject({ health: 'ok', priority });
  });

  it.each([
    [{}, -254],
    [{ weight: 254 }, -1],
    [{ weight: -2 }, 200],
    [{ reverse: true }, 300],
    [{ weight: 0 }, 1],
    [{ weight: 0 }, -1],
  ])('%j with %i is FAULT after `fall` times, and until `rise` others', (over, value) => {
    expect(judged(over, [0, value]).health).toBe('ok');
    expect(judged(over, [0, value, value])).toMatchObject({
      health: 'fault',
      fault: `check load: holds ${value}`,
      down: ['load'],
      priority: 100,
    });
    expect(judged(over, [0, value, value, 0]).health).toBe('fault');
    expect(judged(over, [0, value, value, 0, 0]).health).toBe('ok');
  });

  it('goes on with the last number while there is none, and is FAULT after `fall` times whatever the weight', () => {
    expect(judged({}, [30, undefined])).toMatchObject({ health: 'ok', priority: 130, wavering: true });
    expect(judged({}, [30, undefined, undefined])).toMatchObject({
      health: 'fault',
      fault: 'check load: no number',
      priority: 100,
    });
    expect(judged({}, [30, undefined, 40]).priority).toBe(140);
  });

  it('degrades by what it takes away, and not by giving little', () => {
    expect(judged({}, [-1]).degradedBy).toEqual(['load']);
    expect(judged({ reverse: true }, [1]).degradedBy).toEqual(['load']);
    expect(judged({}, [1]).degradedBy).toEqual([]);
    expect(judged({}, [-1, undefined, undefined]).degradedBy).toEqual([]);
    expect(judged({ weight: 0 }, [0]).degradedBy).toEqual([]);
  });

  it('adds nothing before it was read, and is FAULT until then with initFail', () => {
    expect(judged({}, [])).toMatchObject({ health: 'ok', priority: 100 });
    expect(judged({ initFail: true }, [20])).toMatchObject({ health: 'fault', priority: 100 });
    expect(judged({ initFail: true }, [20, 20])).toMatchObject({ health: 'ok', priority: 120 });
  });
});
