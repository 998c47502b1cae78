/** From what the instances said to groups as they stand in the file, within its bounds. What does not fit is left to a human. */
import { GROUPS_MAX, MEMBERS_MAX, VIPS_MAX } from '../../core/wire/names.ts';
import type { Context } from './context.ts';
import type { Draft, DraftVip } from './draft.ts';
import { type Claim, fabricOf } from './fabric.ts';
import type { HookName } from './hooks.ts';
import { checkNameFor, groupNameFor } from './names.ts';
import { durationText } from './numbers.ts';
import type { Use } from './registry.ts';
import { routingOf } from './routing.ts';
import type { Fields } from './words.ts';

export interface PlannedMember {
  readonly instance: string;
  readonly priority: number;
  /** What a human reads beside it. */
  readonly remark?: string;
}

export interface PlannedGroup {
  readonly name: string;
  /** keepalived's name of it. */
  readonly from: string;
  readonly vips: readonly Fields[];
  readonly members: readonly PlannedMember[];
  readonly exclusive: boolean;
  readonly timing: Fields;
  readonly election: Fields;
  readonly checks: Readonly<Record<string, Fields>>;
  readonly hooks: Partial<Record<HookName, readonly string[]>>;
  readonly hostRoutes: readonly Fields[];
  readonly hostRules: readonly Fields[];
  /** What a human must look at, for comments. */
  readonly remarks: readonly string[];
}

/** A member as the command line names it. */
export interface Named {
  readonly instance: string;
  /** undefined: that of the configuration. */
  readonly priority: number | undefined;
}

const CHECKS_MAX = 16;
const LEASE_MAX_MS = 600_000;
const LEASE_HEARTBEATS = 3;

/** Stands where an instance's id must be filled in; `keepaloft validate` refuses it, with its line. */
export const PLACEHOLDER = 'i-FILL-IN';

const membersOf = (
  { priority: { value: priority }, peers }: Draft,
  named: readonly Named[],
): PlannedMember[] => {
  if (named.length > 0)
    return named.map((member) => ({ instance: member.instance, priority: member.priority ?? priority }));
  const others = peers.length === 0 ? ['another host'] : peers.map((peer) => `the host at ${peer}`);
  return [
    { instance: `${PLACEHOLDER}-1`, priority, remark: 'the instance that this configuration is from' },
    ...others.slice(0, MEMBERS_MAX - 1).map((remark, index) => ({
      instance: `${PLACEHOLDER}-${index + 2}`,
      priority,
      remark: `${remark}, with the priority in its own configuration`,
    })),
  ];
};

const checksOf = ({ uses }: Draft, { ledger, words }: Context): Record<string, Fields> => {
  const checks: Record<string, Fields> = {};
  const add = ({ name, check, weight, isReversed, statement }: Use): void => {
    // Of a file 0 is no default.
    const isWeighed = weight !== 0 || 'file' in check;
    const fields = { ...check, ...(isWeighed ? { weight } : {}), ...(isReversed ? { reverse: true } : {}) };
    const taken = new Set(Object.keys(checks));
    if (taken.size >= CHECKS_MAX) {
      ledger.mark(statement.places, 'human', `a group has at most ${CHECKS_MAX} checks`);
    } else if (!words.takesCheck(fields)) {
      ledger.mark(
        statement.places,
        'human',
        'the check is beyond what may stand in the file: see docs/configuration.md',
      );
    } else checks[checkNameFor(name, taken)] = fields;
  };
  for (const use of uses) add(use);
  return checks;
};

/** Each address once in all the file, and no more in a group than there is room for. */
class Addresses {
  readonly #owners = new Map<unknown, Draft>();
  readonly #counts = new Map<Draft, number>();

  /** @returns why not, or undefined: it is the group's now */
  claim(address: unknown, draft: Draft): string | undefined {
    const owner = this.#owners.get(address);
    if (owner !== undefined) return `it is a VIP of ${owner.name} already`;
    const count = this.#counts.get(draft) ?? 0;
    if (count >= VIPS_MAX) return `a group has at most ${VIPS_MAX} VIPs`;
    this.#owners.set(address, draft);
    this.#counts.set(draft, count + 1);
    return undefined;
  }

  /** Those of its own that a group may have. */
  vipsOf(draft: Draft, { ledger }: Context): DraftVip[] {
    return draft.vips.filter(({ address, statement }) => {
      if (this.#owners.get(address) === draft) {
        ledger.mark(statement.places, 'dropped', 'it is listed twice');
        return false;
      }
      const why = this.claim(address, draft);
      if (why !== undefined) ledger.mark(statement.places, 'human', why);
      return why === undefined;
    });
  }
}

/** An exclusive group's lease must outlast what the kernel needs: its own default does. */
const exclusiveTiming = ({ heartbeatMs, leaseHeartbeats }: Draft, { ledger }: Context): Fields => {
  const why = 'the lease of an exclusive group is its default, which is longer: see docs/configuration.md';
  ledger.mark(leaseHeartbeats?.statement?.places ?? [], 'human', why);
  return { heartbeat: durationText(heartbeatMs.value) };
};

const timingOf = ({ heartbeatMs: { value: ms }, leaseHeartbeats }: Draft, { ledger }: Context): Fields => {
  const leaseMs = (leaseHeartbeats?.value ?? LEASE_HEARTBEATS) * ms;
  if (leaseMs > LEASE_MAX_MS) {
    ledger.mark(leaseHeartbeats?.statement?.places ?? [], 'human', 'a lease is at most 10 minutes');
  }
  return { heartbeat: durationText(ms), lease: durationText(Math.min(leaseMs, LEASE_MAX_MS)) };
};

const NO_VIP = 'no VIP is left that could be moved, so there is no group of it';

interface Taken {
  readonly draft: Draft;
  readonly name: string;
  readonly vips: readonly DraftVip[];
  readonly claim: Claim;
}

const groupOf = (
  { draft, name, vips, claim }: Taken,
  named: readonly Named[],
  context: Context,
): PlannedGroup => {
  const fabric = fabricOf(draft, vips, claim, context);
  context.ledger.mark(draft.statement.places, 'mapped', `group ${name}`);
  return {
    name,
    from: draft.name,
    vips: fabric.vips,
    members: membersOf(draft, named),
    exclusive: fabric.exclusive,
    timing: (fabric.exclusive ? exclusiveTiming : timingOf)(draft, context),
    election: {
      preempt: draft.preempt.value,
      ...(draft.preemptDelayMs.value === 0 ? {} : { preemptDelay: durationText(draft.preemptDelayMs.value) }),
    },
    checks: checksOf(draft, context),
    hooks: Object.fromEntries(Array.from(draft.hooks, ([hook, { argv }]) => [hook, argv])),
    ...routingOf(draft, vips, context),
    remarks: fabric.remarks,
  };
};

export const planOf = (
  drafts: readonly Draft[],
  named: readonly Named[],
  context: Context,
): PlannedGroup[] => {
  const addresses = new Addresses();
  const names = new Set<string>();
  return drafts.flatMap((draft) => {
    const vips = addresses.vipsOf(draft, context);
    const tooMany = names.size >= GROUPS_MAX ? `there are at most ${GROUPS_MAX} groups` : undefined;
    if (vips.length === 0 || tooMany !== undefined) {
      context.ledger.mark(draft.statement.places, 'human', tooMany ?? NO_VIP);
      return [];
    }
    const name = groupNameFor(draft.name, names);
    names.add(name);
    const claim: Claim = (address) => addresses.claim(address, draft);
    return [groupOf({ draft, name, vips, claim }, named, context)];
  });
};
