// Proves that a seed says exactly what happens: the same rounds each time, every kind of strike, no two on one organ.
import { describe, expect, it } from 'vitest';
import { catalogueFor, entryOf, STRIKE_KINDS } from '../../../lab/nemesis/catalogue.ts';
import { CATALOGUE } from '../../../lab/nemesis/entries.ts';
import { FABRIC_NAMES, type FabricName, vipsOf } from '../../../lab/nemesis/fabrics.ts';
import { Random } from '../../../lab/nemesis/random.ts';
import { blackoutOf, scheduleOf } from '../../../lab/nemesis/schedule.ts';
import { planWords } from '../../../lab/nemesis/words.ts';

const rounds = (
  seed: string,
  count: number,
  fabric: FabricName = 'secondary-ip',
  mode: 'fenced' | 'exclusive' = 'fenced',
) => scheduleOf({ seed, groups: 2, vips: vipsOf(fabric, mode, 2), rounds: count });

describe('chance', () => {
  it('repeats with its seed and differs without it', () => {
    const draw = (seed: string) => {
      const random = new Random(seed);
      return Array.from({ length: 5 }, () => random.int(0, 999));
    };
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
    // Written down: a schedule must be the same on every machine and in every version.
    expect(draw('1')).toEqual([324, 107, 516, 106, 66]);
  });

  it('is even: each tenth of [0, 1) gets about a tenth', () => {
    const random = new Random('even');
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let count = 0; count < 10_000; count += 1) {
      const tenth = Math.floor(random.next() * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(900);
    expect(Math.max(...tenths)).toBeLessThan(1100);
  });

  it('keeps to the bounds of a whole number and reaches both, and a shuffle loses nothing', () => {
    const random = new Random('bounds');
    const drawn = new Set(Array.from({ length: 200 }, () => random.int(3, 6)));
    expect([...drawn].toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6]);
    expect(random.shuffle([1, 2, 3, 4, 5]).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
    expect(() => random.pick([])).toThrow(RangeError);
  });
});

describe('a schedule', () => {
  it('is the same for the same seed, and a longer one begins like a shorter one', () => {
    expect(rounds('seed', 30)).toEqual(rounds('seed', 30));
    expect(rounds('seed', 30).slice(0, 10)).toEqual(rounds('seed', 10));
    expect(rounds('seed', 10)).not.toEqual(rounds('other', 10));
  });

  it.each(FABRIC_NAMES)(
    'on %s deals every kind of strike that fits before any comes a third time',
    (fabric) => {
      const fitting = catalogueFor(vipsOf(fabric, 'fenced', 2)).map(({ kind }) => kind);
      const kinds = rounds('deck', 60, fabric).flatMap((round) => round.strikes.map((strike) => strike.kind));
      expect(new Set(kinds.slice(0, fitting.length * 2))).toEqual(new Set(fitting));
      expect(new Set(kinds)).toEqual(new Set(fitting));
    },
  );

  it('says the same of secondary IPs as before there were other fabrics', () => {
    expect(rounds('3420', 3).map(planWords)).toEqual([
      'kill holder of group 2 for 6.2 s',
      'dynamodb-throttle 79 % for 7.2 s; addr-add standby of group 2 for 1.0 s after 0.4 s; freeze-agent holder of group 2 for 3.1 s after 0.6 s',
      'clock standby of group 1 by -90 s for 2.6 s',
    ]);
  });

  it('draws one call and one table only where there are several', () => {
    const drawn = (fabric: FabricName, mode: 'fenced' | 'exclusive') => {
      const strikes = rounds('choice', 200, fabric, mode).flatMap((round) => round.strikes);
      return {
        calls: [...new Set(strikes.flatMap(({ call }) => call ?? []))].toSorted(),
        tables: [...new Set(strikes.flatMap(({ table }) => table ?? []))].toSorted((a, b) => a - b),
      };
    };
    expect(drawn('route', 'fenced')).toEqual({ calls: [], tables: [] });
    expect(drawn('route', 'exclusive')).toEqual({ calls: [], tables: [0, 1] });
    expect(drawn('route-eip', 'exclusive')).toEqual({
      calls: ['AssociateAddress', 'ReplaceRoute'],
      tables: [0, 1],
    });
    expect(drawn('secondary-ip-eip', 'fenced').calls).toEqual([
      'AssignPrivateIpAddresses',
      'AssociateAddress',
    ]);
  });

  it('has one to three strikes a round, in order, none on the same organ as another, all within their bounds', () => {
    for (const { strikes, calmMs } of rounds('bounds', 200)) {
      expect(strikes.length).toBeGreaterThanOrEqual(1);
      expect(strikes.length).toBeLessThanOrEqual(3);
      expect(strikes.map((strike) => strike.atMs)).toEqual(
        strikes.map((one) => one.atMs).toSorted((a, b) => a - b),
      );
      expect(new Set(strikes.map((strike) => entryOf(strike.kind).organ)).size).toBe(strikes.length);
      expect(calmMs).toBeGreaterThanOrEqual(2000);
      for (const strike of strikes) {
        const { whom, forMs, percent, ms, offsetMs } = entryOf(strike.kind);
        expect(whom).toContain(strike.whom);
        expect(strike.forMs).toBeGreaterThanOrEqual(forMs[0]);
        expect(strike.forMs).toBeLessThanOrEqual(forMs[1]);
        expect([
          strike.percent === undefined,
          strike.ms === undefined,
          strike.offsetMs === undefined,
        ]).toEqual([percent === undefined, ms === undefined, offsetMs === undefined]);
        expect(strike.group).toBeLessThan(2);
      }
    }
  });

  it('of a blackout is one round in which nobody reaches the arbiter', () => {
    const [round, another] = blackoutOf(600_000, 15_000);
    expect(another).toBeUndefined();
    expect(round?.strikes).toEqual([{ kind: 'blackout', whom: 'all', group: 0, atMs: 0, forMs: 600_000 }]);
  });

  it('can be read', () => {
    expect(
      planWords({
        round: 1,
        calmMs: 2000,
        strikes: [
          { kind: 'kill', whom: 'holder', group: 0, atMs: 0, forMs: 4100 },
          { kind: 'ec2-slow', whom: 'cloud', group: 1, atMs: 1200, forMs: 3000, ms: 900 },
          { kind: 'clock', whom: 'standby', group: 1, atMs: 2000, forMs: 3000, offsetMs: -90_000 },
        ],
      }),
    ).toBe(
      'kill holder of group 1 for 4.1 s; ec2-slow by 900 ms for 3.0 s after 1.2 s; clock standby of group 2 by -90 s for 3.0 s after 2.0 s',
    );
  });
});

describe('the catalogue', () => {
  it('has one entry for each kind', () => {
    expect(CATALOGUE.map((entry) => entry.kind).toSorted()).toEqual([...STRIKE_KINDS].toSorted());
  });

  it('has a foreign hand for each kind of VIP, and for no other', () => {
    const hands = (fabric: FabricName): string[] =>
      catalogueFor(vipsOf(fabric, 'fenced', 1)).flatMap(({ kind, organ }) =>
        organ === 'address' ? [kind] : [],
      );
    expect(hands('secondary-ip')).toEqual(['addr-del', 'addr-add', 'assign']);
    expect(hands('route')).toEqual(['addr-del', 'addr-add', 'route', 'route-gone']);
    expect(hands('route-eip')).toEqual([...hands('route'), 'associate', 'disassociate']);
    expect(hands('secondary-ip-eip')).toEqual([...hands('secondary-ip'), 'associate', 'disassociate']);
  });

  it('lets a fenced group lose nothing by an arbiter that is away', () => {
    const kinds = ['blackout', 'dynamodb-error', 'dynamodb-throttle', 'lambda-freeze', 'cut-peers'] as const;
    for (const kind of kinds) expect(entryOf(kind).cost.fenced).toEqual({ dark: 'no', moves: [] });
  });
});
