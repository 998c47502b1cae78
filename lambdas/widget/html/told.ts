/** What newer arbiters tell beside what every one does: shown where it is there, and nothing is missing where it is not. */
import type {
  CheckStatus,
  FabricStatus,
  GroupStatus,
  MemberStatus,
  StatusResponse,
} from '../../../core/wire/admin.ts';

export interface MemberTold {
  /** The least of its lease that the holder has had left lately, milliseconds. */
  readonly leaseMinMs: number | null;
  /** What its failing checks said. */
  readonly fault: string | null;
  readonly checks: readonly CheckStatus[];
}

export const memberTold = ({ leaseMinMs, detail }: MemberStatus): MemberTold => ({
  leaseMinMs: leaseMinMs ?? null,
  fault: detail?.fault ?? null,
  checks: detail?.checks ?? [],
});

export interface GroupTold {
  /** It decides and tells, and moves nothing. */
  readonly isObserved: boolean;
  /** What it would have done; null: nothing, or not told. */
  readonly would: GroupStatus['would'] | null;
  /** The arbiter's own last look at the fabric; null: not told. */
  readonly fabric: Pick<FabricStatus, 'ageMs' | 'confirmed'> | null;
}

export const groupTold = ({ mode, would, fabric }: GroupStatus): GroupTold => ({
  isObserved: mode === 'observe',
  would: would ?? null,
  fabric: fabric ?? null,
});

/** How long ago the last sweep was, milliseconds; null: there has been none; undefined: not told. */
export const sweepTold = ({ sweep }: StatusResponse): number | null | undefined =>
  sweep === undefined || sweep === null ? sweep : sweep.ageMs;
