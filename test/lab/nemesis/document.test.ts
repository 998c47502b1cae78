// Proves that the configuration of the nemesis is one that the product takes, with groups that prefer different hosts.
import { describe, expect, it } from 'vitest';
import { keepaloftFileSchema } from '../../../core/wire/config.ts';
import { readDocument } from '../../../core/wire/document.ts';
import { MODES } from '../../../lab/nemesis/catalogue.ts';
import { documentOf, GROUPS_MAX, HOSTS } from '../../../lab/nemesis/document.ts';
import { FABRIC_NAMES } from '../../../lab/nemesis/fabrics.ts';

describe('the configuration of the nemesis', () => {
  it.each(FABRIC_NAMES.flatMap((fabric) => MODES.map((mode) => [fabric, mode] as const)))(
    'is right on fabric %s in mode %s, and each group prefers another host',
    (fabric, mode) => {
      const text = JSON.stringify(documentOf(fabric, mode, GROUPS_MAX));
      const groups = Object.values(readDocument('the nemesis', text, keepaloftFileSchema).groups);
      expect(groups).toHaveLength(GROUPS_MAX);
      const favourites = groups.map(
        ({ members }) => members.toSorted((a, b) => b.priority - a.priority)[0]?.instance,
      );
      expect(new Set(favourites).size).toBe(GROUPS_MAX);
      for (const { exclusive, members, timing } of groups) {
        expect(exclusive).toBe(mode === 'exclusive');
        expect(members).toHaveLength(HOSTS);
        // The product's own defaults are what is tested.
        expect(timing).toEqual({ heartbeat: 1000, lease: mode === 'exclusive' ? 5000 : 3000 });
      }
    },
  );
});
