/**
 * What every fabric must do, whatever cloud it speaks to. Each implementation gives the suite a world: itself, and
 * hands on the cloud's end behind it.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MoveEffect } from '../../../core/election/types.ts';
import { epochMs } from '../../../core/time.ts';
import type { EniId, NodeId, Vip } from '../../../core/wire/names.ts';
import type { Fabric, FabricCall, FabricScope, Roster } from '../../../lambdas/fabric/fabric.ts';
import { FabricError } from '../../../lambdas/fabric/fabric.ts';

/** What every kind has, whether or not there is a cloud behind it. */
export interface PlainWorld {
  readonly fabric: Fabric;
  readonly roster: Roster;
  /** At least two VIPs that every member can have. */
  readonly vips: readonly Vip[];
  /** A VIP that no member can have. */
  readonly impossible: Vip;
  /** Does what must have been done before this kind is moved to an interface. */
  prepare?(eni: EniId): void;
  /** Changes that arrived at the cloud, with their parameters, in order. */
  changes(): readonly PlannedShape[];
  close(): Promise<void>;
}

/** Of a kind that a cloud moves. */
export interface World extends PlainWorld {
  /** All VIPs go in one call, all or none; else each goes by itself, and fails by itself. */
  readonly isAtomic: boolean;
  /** What the cloud itself believes. */
  ownerOf(address: string): string | undefined;
  throttle(): void;
  heal(): void;
  /** The cloud accepts every call only after `ms`. */
  hold(ms: number): void;
  /** A fabric of the same kind whose cloud cannot be reached at all. */
  readonly unreachable: Fabric;
}

interface PlannedShape {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

interface Target {
  readonly node: NodeId;
  readonly eni: EniId;
}

const targetsOf = (roster: Roster): [Target, Target] => {
  const [first, second] = Object.entries(roster).map(([node, entry]) => ({ node, eni: entry.eni }));
  if (first === undefined || second === undefined) throw new Error('the contract needs two members');
  return [first, second];
};

/** An order given now; `abortInMs` tells how long it may be acted on. */
export const order = (to: Target, vips: readonly Vip[], abortInMs = 2000): MoveEffect => ({
  kind: 'move',
  epoch: 7,
  moveId: 42,
  attempt: 1,
  to: to.node,
  toEni: to.eni,
  vips,
  orderedAt: epochMs(Date.now()),
  abortAt: epochMs(Date.now() + abortInMs),
});

/** A scope that keeps what was journalled. */
export const scopeWith = (
  fields: Partial<FabricScope> = {},
): FabricScope & { readonly calls: FabricCall[] } => {
  const calls: FabricCall[] = [];
  return {
    signal: AbortSignal.timeout(8000),
    now: () => epochMs(Date.now()),
    onCall: (call) => calls.push(call),
    calls,
    ...fields,
  };
};

/** What holds of every kind, and all there is to hold of one that calls nobody. */
export const plainContract = (name: string, open: () => Promise<PlainWorld>): void => {
  describe(`${name} keeps the contract of every fabric`, () => {
    let world: PlainWorld;
    let a: Target;
    let b: Target;
    beforeEach(async () => {
      world = await open();
      [a, b] = targetsOf(world.roster);
    });
    afterEach(() => world.close());

    const apply = (to: Target, vips = world.vips, scope: FabricScope = scopeWith()) => {
      world.prepare?.(to.eni);
      return world.fabric.apply(order(to, vips), scope);
    };

    it('apply says of each VIP that it is done', async () => {
      const results = await apply(a);
      expect(results).toEqual(world.vips.map(({ address }) => ({ address, ok: true })));
    });

    it('apply may be repeated, and another may take over', async () => {
      for (const to of [a, a, b]) {
        const results = await apply(to);
        expect(results.every((result) => result.ok)).toBe(true);
      }
    });

    it('an expired order sends nothing: a Lambda that was frozen must not steal the VIPs', async () => {
      const scope = scopeWith();
      const results = await world.fabric.apply(order(a, world.vips, -1), scope);
      expect(results.every((result) => result.error?.code === 'MoveAborted')).toBe(true);
      expect(results.every((result) => result.error?.permanent === false)).toBe(true);
      expect(world.changes()).toEqual([]);
    });

    it('validate finds nothing wrong with good VIPs, and names a bad one', async () => {
      expect(await world.fabric.validate(world.vips, world.roster, scopeWith())).toEqual([]);
      const findings = await world.fabric.validate(
        [...world.vips, world.impossible],
        world.roster,
        scopeWith(),
      );
      expect(new Set(findings.map((finding) => finding.address))).toEqual(
        new Set([world.impossible.address]),
      );
    });

    it('plan names exactly the calls that apply sends for VIPs that are somewhere', async () => {
      await apply(b);
      const before = world.changes().length;
      // What only a look tells, such as who has it now, no plan names.
      const planned = world.fabric
        .plan(order(a, world.vips))
        .map(({ operation, input }) => ({ operation, input: expect.objectContaining(input) as unknown }));
      expect(world.changes()).toHaveLength(before);
      await apply(a);
      const sent = world.changes().slice(before);
      expect(sent).toHaveLength(planned.length);
      expect(sent).toEqual(expect.arrayContaining(planned));
    });

    it('journals each call with its outcome', async () => {
      await apply(b);
      const scope = scopeWith();
      await apply(a, world.vips, scope);
      const planned = world.fabric.plan(order(a, world.vips));
      const changes = scope.calls.filter(({ action }) => !action.startsWith('Describe'));
      expect(changes).toEqual(
        planned.map(({ operation }): unknown =>
          expect.objectContaining({ action: operation, ok: true, code: 'ok' }),
        ),
      );
    });
  });
};

/** Runs the contract for one kind that a cloud moves. */
export const fabricContract = (name: string, open: () => Promise<World>): void => {
  plainContract(name, open);
  describe(`${name} keeps the contract of a fabric`, () => {
    let world: World;
    let a: Target;
    let b: Target;
    beforeEach(async () => {
      world = await open();
      [a, b] = targetsOf(world.roster);
    });
    afterEach(() => world.close());

    const apply = (to: Target, vips = world.vips, scope: FabricScope = scopeWith()) => {
      world.prepare?.(to.eni);
      return world.fabric.apply(order(to, vips), scope);
    };
    const owners = (): (string | undefined)[] => world.vips.map((vip) => world.ownerOf(vip.address));
    const everywhere = (eni: EniId): EniId[] => world.vips.map(() => eni);
    const observed = async (): Promise<(EniId | null)[]> =>
      (await world.fabric.observe(world.vips, world.roster, scopeWith())).map((seen) => seen.owner);

    it('apply moves all VIPs and says so for each', async () => {
      const results = await apply(a);
      expect(results).toEqual(world.vips.map(({ address }) => ({ address, ok: true })));
      expect(owners()).toEqual(everywhere(a.eni));
    });

    it('apply may be repeated', async () => {
      await apply(a);
      const results = await apply(a);
      expect(results.every((result) => result.ok)).toBe(true);
      expect(owners()).toEqual(everywhere(a.eni));
    });

    it('a second apply takes the VIPs over', async () => {
      await apply(a);
      await apply(b);
      expect(owners()).toEqual(everywhere(b.eni));
    });

    it('what cannot succeed is permanent and is asked once; the others go with it only if all go in one call', async () => {
      await apply(a);
      const scope = scopeWith();
      const results = await apply(b, [...world.vips, world.impossible], scope);
      const moved = !world.isAtomic;
      expect(results.map(({ ok }) => ok)).toEqual([...world.vips.map(() => moved), false]);
      expect(results.every(({ ok, error }) => ok || error?.permanent === true)).toBe(true);
      expect(scope.calls.filter((call) => !call.ok)).toHaveLength(1);
      expect(owners()).toEqual(everywhere(moved ? b.eni : a.eni));
    });

    it('a throttled call is tried again and succeeds once the throttle ends', async () => {
      world.throttle();
      const results = await apply(a, world.vips, scopeWith({ onCall: () => world.heal() }));
      expect(results.every((result) => result.ok)).toBe(true);
    });

    it('a throttle that outlasts the order gives a transient result at its end', async () => {
      world.throttle();
      const scope = scopeWith();
      const startMs = performance.now();
      const results = await world.fabric.apply(order(a, world.vips, 600), scope);
      const tookMs = performance.now() - startMs;
      expect(results.every((result) => !result.ok && result.error?.permanent === false)).toBe(true);
      expect(scope.calls.length).toBeGreaterThanOrEqual(2);
      expect(scope.calls.every((call) => !call.ok)).toBe(true);
      expect(tookMs).toBeLessThan(5000);
      expect(owners()).toEqual(world.vips.map(() => undefined));
    });

    it('an order that expires between the decision and the send sends nothing', async () => {
      const late = order(a, world.vips);
      let looks = 0;
      // In time for every check of the loop, too late for the last one: the process froze in between.
      const now = () => epochMs((looks += 1) <= 2 ? late.orderedAt : late.abortAt + 1);
      const results = await world.fabric.apply(late, scopeWith({ now }));
      expect(looks).toBeGreaterThan(2);
      expect(results.every((result) => result.error?.code === 'MoveAborted')).toBe(true);
      expect(world.changes()).toEqual([]);
    });

    it('a call in flight ends with the invocation, as a transient failure', async () => {
      world.hold(5000);
      const startMs = performance.now();
      const results = await world.fabric.apply(
        order(a, world.vips, 300),
        scopeWith({ signal: AbortSignal.timeout(500) }),
      );
      expect(performance.now() - startMs).toBeLessThan(4500);
      expect(results.every((result) => result.error?.permanent === false)).toBe(true);
    });

    it('an unreachable cloud is a transient failure of a move and no answer to a look', async () => {
      const results = await world.unreachable.apply(order(a, world.vips, 300), scopeWith());
      expect(results.every((result) => result.error?.permanent === false)).toBe(true);
      await expect(world.unreachable.observe(world.vips, world.roster, scopeWith())).rejects.toThrow(
        FabricError,
      );
    });

    it('observe says who has each VIP, and null for nobody', async () => {
      expect(await observed()).toEqual(world.vips.map(() => null));
      await apply(b);
      expect(await observed()).toEqual(everywhere(b.eni));
    });

    it('a look that is refused is an error and never "nowhere"', async () => {
      world.throttle();
      await expect(world.fabric.observe(world.vips, world.roster, scopeWith())).rejects.toThrow(FabricError);
    });
  });
};
