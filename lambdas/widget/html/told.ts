/** What newer arbiters tell beside what every one does: shown where it is there, and nothing is missing where it is not. */
import * as z from 'zod/mini';
import type { GroupStatus, MemberStatus, StatusResponse } from '../../../core/wire/admin.ts';
import { lenient } from '../lenient.ts';

const age = z.int().check(z.nonnegative());

const memberSchema = z.object({
  leaseMinMs: lenient(z.optional(z.nullable(age)), null),
  detail: lenient(
    z.optional(
      z.nullable(
        z.object({
          fault: z.nullable(z.string()),
          checks: z.array(z.object({ name: z.string(), up: z.boolean() })),
        }),
      ),
    ),
    null,
  ),
});

const groupSchema = z.object({
  mode: lenient(z.optional(z.string()), undefined),
  fabric: lenient(z.optional(z.nullable(z.object({ ageMs: age, confirmed: z.boolean() }))), null),
});

const statusSchema = z.object({
  sweep: lenient(z.optional(z.nullable(z.object({ ageMs: age }))), undefined),
});

export interface MemberTold {
  /** The least of its lease that the holder has had left lately, milliseconds. */
  readonly leaseMinMs: number | null;
  /** What its failing checks said. */
  readonly fault: string | null;
  readonly checks: readonly { readonly name: string; readonly up: boolean }[];
}

export const memberTold = (member: MemberStatus): MemberTold => {
  const { leaseMinMs, detail } = memberSchema.parse(member);
  return { leaseMinMs: leaseMinMs ?? null, fault: detail?.fault ?? null, checks: detail?.checks ?? [] };
};

export interface GroupTold {
  /** It decides and tells, and moves nothing. */
  readonly isObserved: boolean;
  /** The arbiter's own last look at the fabric; null: not told. */
  readonly fabric: { readonly ageMs: number; readonly confirmed: boolean } | null;
}

export const groupTold = (group: GroupStatus): GroupTold => {
  const { mode, fabric } = groupSchema.parse(group);
  return { isObserved: mode === 'observe', fabric: fabric ?? null };
};

/** How long ago the last sweep was, milliseconds; null: there has been none; undefined: not told. */
export const sweepTold = (status: StatusResponse): number | null | undefined => {
  const { sweep } = statusSchema.parse(status);
  return sweep === undefined || sweep === null ? sweep : sweep.ageMs;
};
