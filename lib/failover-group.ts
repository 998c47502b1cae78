import { CustomResource, Lazy, Stack, Validations } from 'aws-cdk-lib';
import { CfnSubnetCidrReservation, Connections, type IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { standsOnPrimary } from '../core/wire/meeting.ts';
import { Drift, Mode } from './conduct.ts';
import { groupFileOf } from './group-file.ts';
import type { FailoverGroupProps } from './group-props.ts';
import type { LookRight } from './look-right.ts';
import type { Member } from './member.ts';
import { letWatch } from './peer-detection.ts';
import type { InterfaceCall, MoveRight } from './rights.ts';
import { checkRouted, checkSubnets, checkVips, subnetsOfSelected } from './subnets.ts';
import type { Vip } from './vip.ts';
import { type ArbiterWatch, WatchedGroup } from './watched-group.ts';

/** As in keepaloft.yaml. */
const PRIORITY_DEFAULT = 100;

/** What a group needs of its arbiter. */
export interface GroupScope {
  /** Of the config provider. */
  readonly serviceToken: string;
  /** What its metrics and alarms need to know. */
  readonly watchedBy: ArbiterWatch;
  /** Everything that must be there before the group is, and must not be removed before the group has been. */
  readonly before: Construct[];
  /** Lets the arbiter hear of a member's machine. */
  watch(instanceId: string): void;
  /** Lets the arbiter hear of all machines, and let in whom a selector names. */
  watchSelected(): void;
  /** Lets the arbiter hear of, and ask about, the alarms of a check. */
  watchAlarm(alarm: string): void;
  /** What the arbiter may change. */
  readonly moveRight: MoveRight;
  /** What it may ask about the VIPs. */
  readonly lookRight: LookRight;
  /** What holds up the termination of an Auto Scaling group's instances, and what lets them go. */
  onTermination(autoScalingGroupName: string): Construct[];
  /** Lets a member's role send heartbeats, before the group is there. */
  grantHeartbeat(role: IRole): Grant;
  /** Puts the agent on a member, in the member's way. */
  install(member: Member): void;
}

/** As a document has them, so that the order in which they are given makes no difference. */
const namedFirst = (members: readonly Member[]): Member[] => [
  ...members.filter(({ instanceId }) => instanceId !== undefined),
  ...members.filter(({ instanceId }) => instanceId === undefined),
];

/** A group under an arbiter. Made by `KeepaloftArbiter.addGroup`. */
export class FailoverGroup extends WatchedGroup implements IConnectable {
  /** The members' security groups as far as they are known: clients of the VIPs are let in here. */
  readonly connections: Connections;
  readonly vips: Vip[];
  /** Whether it changes anything. */
  readonly mode: Mode;
  readonly #members: Member[] = [];
  readonly #props: FailoverGroupProps;
  readonly #arbiter: GroupScope;
  readonly #enrolment: CustomResource;
  readonly #group: CustomResource;

  constructor(scope: Construct, groupName: string, props: FailoverGroupProps, arbiter: GroupScope) {
    super(scope, groupName, arbiter.watchedBy, { drift: props.drift ?? Drift.REPAIR });
    this.vips = [...props.vips];
    this.mode = props.mode ?? Mode.ENFORCE;
    this.connections = new Connections();
    this.#props = props;
    this.#arbiter = arbiter;
    const { serviceToken } = arbiter;
    const Document = Lazy.string({ produce: () => this.#document() });
    // Two resources, because the right to move is pinned to interfaces that only EC2 knows: this one looks them up,
    // the right is given, and only then does the group exist. Removal goes the other way round: a group that may not
    // be removed keeps all that it needs.
    this.#enrolment = new CustomResource(this, 'Enrolment', {
      resourceType: 'Custom::KeepaloftEnrolment',
      serviceToken,
      properties: { Document },
    });
    this.#group = new CustomResource(this, 'Group', {
      resourceType: 'Custom::KeepaloftGroup',
      serviceToken,
      properties: { Document, ForceRemoval: String(props.forceRemoval ?? false) },
    });
    this.#group.node.addDependency(...arbiter.before, this.#enrolment, ...this.#reservations());
    checkVips(this, groupName, props.vips);
    for (const { fabric } of props.vips) arbiter.lookRight.allow(fabric);
    if (!this.#isObserved) this.#allowFixed();
    for (const { document } of Object.values(props.checks ?? {}))
      if (typeof document['alarm'] === 'string') arbiter.watchAlarm(document['alarm']);
    for (const member of namedFirst(props.members)) this.#enrol(member);
    // In the order of upgrades: the standbys first.
    const rank = ({ priority = PRIORITY_DEFAULT }: Member): number => priority;
    for (const member of props.members.toSorted((a, b) => rank(a) - rank(b))) arbiter.install(member);
    this.#validate();
    if (props.vips.some(standsOnPrimary))
      Validations.of(this).addWarning('keepaloft:elasticIpPath', ELASTIC_IP_PATH);
  }

  get members(): Member[] {
    return [...this.#members];
  }

  /** One member more. @throws DeploymentError when the group cannot have it */
  addMember(member: Member): void {
    this.#enrol(member);
    this.#arbiter.install(member);
    this.#validate();
  }

  /** Lets something be there before the group is, and be removed only after it. */
  dependOn(grant: Grant): void {
    grant.applyBefore(this.#group);
  }

  #enrol(member: Member): void {
    this.#members.push(member);
    const { instanceId, autoScalingGroupName } = member;
    if (instanceId === undefined) this.#arbiter.watchSelected();
    else this.#arbiter.watch(instanceId);
    this.#allow(instanceId);
    if (autoScalingGroupName !== undefined && !this.#isObserved) {
      this.#group.node.addDependency(...this.#arbiter.onTermination(autoScalingGroupName));
    }
    if (member.role !== undefined) this.dependOn(this.#arbiter.grantHeartbeat(member.role));
    this.connections.addSecurityGroup(...member.securityGroups);
    if (this.#props.peerDetection !== undefined) letWatch(member, this.#members);
  }

  /** The right to move to one member more. A group that observes has none, and yet learns what it will need. */
  #allow(instanceId: string | undefined): void {
    if (instanceId === undefined) {
      const subnetIds = subnetsOfSelected(this.groupName, this.vips);
      if (this.#isObserved) return;
      for (const call of this.#calls)
        for (const subnetId of subnetIds) this.#arbiter.moveRight.allowSubnet(call, subnetId);
      return;
    }
    if (this.#isObserved) return;
    // The deployment tells interfaces in the order of the members that are named.
    const index = this.#members.filter((one) => one.instanceId !== undefined).length - 1;
    const eni = this.#enrolment.getAttString(`Eni${index}`);
    for (const call of this.#calls) this.#arbiter.moveRight.allowInterface(call, eni, instanceId);
  }

  /** What is moved whoever the members are: routes in tables, and Elastic IPs. */
  #allowFixed(): void {
    for (const { tables, allocation } of this.vips) {
      for (const table of tables) this.#arbiter.moveRight.allowRoutes(table);
      if (allocation !== undefined) this.#arbiter.moveRight.allowElasticIp(allocation);
    }
  }

  /** The calls that give something to an interface. */
  get #calls(): InterfaceCall[] {
    const kinds = new Set(this.vips.map(({ fabric }) => fabric));
    return [
      ...(kinds.has('secondary-ip') ? (['AssignPrivateIpAddresses'] as const) : []),
      ...(kinds.has('elastic-ip') ? (['AssociateAddress'] as const) : []),
      ...(kinds.has('ipv6') ? (['AssignIpv6Addresses'] as const) : []),
    ];
  }

  get #isObserved(): boolean {
    return this.mode === Mode.OBSERVE;
  }

  #file(): Record<string, unknown> {
    return groupFileOf(this.groupName, { ...this.#props, members: this.#members });
  }

  #validate(): void {
    checkSubnets(this, this.groupName, this.vips, this.#members);
    checkRouted(this.groupName, this.vips, this.#members);
    this.#file();
  }

  #document(): string {
    return Stack.of(this).toJsonString(this.#file());
  }

  /** AWS gives an address that it takes for free to whoever starts next in the subnet. Who observes changes nothing there. */
  #reservations(): CfnSubnetCidrReservation[] {
    if (this.#props.reserveAddresses === false || this.#isObserved) return [];
    return this.vips.flatMap(({ address, subnet, fabric }) =>
      // Of a subnet's IPv6 addresses no two draws are ever alike.
      subnet === undefined || fabric === 'ipv6'
        ? []
        : [
            new CfnSubnetCidrReservation(this, `Reservation-${address}`, {
              subnetId: subnet.subnetId,
              cidr: `${address}/32`,
              reservationType: 'explicit',
              description: `VIP of the Keepaloft group ${this.groupName}`,
            }),
          ],
    );
  }
}

const ELASTIC_IP_PATH =
  "an Elastic IP without `private` takes the place of its holder's public address, and the former holder is left without one: " +
  'a member that reaches the arbiter by that address falls silent. Let members reach it by a NAT gateway, a VPC endpoint or ' +
  'Transport.privateRest, or give the Elastic IP a secondary IP of the group to stand on';
