import type { Duration } from 'aws-cdk-lib';
import type { Check } from './check.ts';
import type { Drift, Handover, Mode } from './conduct.ts';
import type { Hooks } from './hooks.ts';
import type { HostRoute, HostRule } from './host-routing.ts';
import type { Member } from './member.ts';
import type { Vip } from './vip.ts';

/** Exclusive groups: who lets go of an address when the agent cannot. */
export class KernelExpiry {
  /** The lifetime of the address itself, in whole seconds. */
  static readonly ADDRESS = new KernelExpiry('address');
  /** Packets pass only while an nftables set element lives: to the millisecond. The host needs nftables. */
  static readonly NFT = new KernelExpiry('nft');

  /** As in keepaloft.yaml. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}

/** A group: VIPs that move together, and who may hold them. Every default is that of keepaloft.yaml. */
export interface FailoverGroupProps {
  /** At least one. A VIP belongs to one group. */
  readonly vips: Vip[];

  /** One to eight. More may follow by `FailoverGroup.addMember`. */
  readonly members: Member[];

  /**
   * How often an agent reports.
   *
   * @default 1 second
   */
  readonly heartbeat?: Duration;

  /**
   * Silence after which a standby may claim; at least three heartbeats.
   *
   * @default - 3 heartbeats; exclusive: 5, or what the kernel's expiry needs
   */
  readonly lease?: Duration;

  /**
   * The lease is the fence: never two hosts with a VIP bound, and none while the arbiter cannot be asked.
   *
   * @default false
   */
  readonly exclusive?: boolean;

  /**
   * Exclusive groups: who lets go when the agent cannot.
   *
   * @default KernelExpiry.ADDRESS
   */
  readonly kernelExpiry?: KernelExpiry;

  /**
   * Mode.OBSERVE: decides and tells, and changes nothing. Then the arbiter gets no right to move the VIPs, they are not
   * reserved, and no Auto Scaling group is held up. For a deployment beside a live keepalived.
   *
   * @default Mode.ENFORCE
   */
  readonly mode?: Mode;

  /**
   * The member that has the VIPs when the group begins is its first holder; else the best one is.
   *
   * @default true
   */
  readonly adopt?: boolean;

  /**
   * What is done when another hand has moved a VIP.
   *
   * @default Drift.REPAIR
   */
  readonly drift?: Drift;

  /**
   * A member with a higher priority takes over from a healthy holder.
   *
   * @default false
   */
  readonly preempt?: boolean;

  /**
   * How long it must have been ready first.
   *
   * @default 0 seconds
   */
  readonly preemptDelay?: Duration;

  /**
   * After a transfer no voluntary one for this long; doubles with each transfer within an hour.
   *
   * @default 60 seconds
   */
  readonly holdDown?: Duration;

  /**
   * How a planned move goes.
   *
   * @default Handover.FABRIC_FIRST
   */
  readonly handover?: Handover;

  /**
   * What each member looks at about itself, by name.
   *
   * @default - none: a member is healthy while its agent runs
   */
  readonly checks?: { readonly [name: string]: Check };

  /**
   * Programs of the host that run on a change of state.
   *
   * @default - none
   */
  readonly hooks?: Hooks;

  /**
   * Routes of a host while it has the VIPs bound.
   *
   * @default - none
   */
  readonly hostRoutes?: HostRoute[];

  /**
   * Routing policy rules of a host while it has the VIPs bound.
   *
   * @default - none
   */
  readonly hostRules?: HostRule[];

  /**
   * Reserve each VIP whose subnet is known, so that AWS gives it to nobody else. Turn it off for an address that is
   * reserved already: reservations must not overlap.
   *
   * @default true
   */
  readonly reserveAddresses?: boolean;

  /**
   * Let the group be removed even while somebody holds it. Its VIPs then stay where they are and never move again.
   * Must be deployed before the removal: CloudFormation removes by the properties that it knows.
   *
   * @default false: the removal fails
   */
  readonly forceRemoval?: boolean;
}
