import { Stack } from 'aws-cdk-lib';
import { AutoScalingGroup, CfnAutoScalingGroup, type IAutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { type IConnectable, Instance, type ISecurityGroup, type UserData } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { DeploymentError } from './errors.ts';
import { Install } from './install.ts';

/** What a member may be told about, whichever way it is named. */
export interface MemberOptions {
  /**
   * 1 to 254. The healthy member with the highest one is preferred.
   *
   * @default 100
   */
  readonly priority?: number;

  /**
   * How the agent is put on the host.
   *
   * @default - `Install.userData()` for an instance of the arbiter's own stack, else `Install.manual()`
   */
  readonly install?: Install;
}

/** What is not known of an instance that the deployment did not make. */
export interface MemberInstanceOptions extends MemberOptions {
  /**
   * The role of its instance profile. It is granted its heartbeats. As soon as one role is known to the arbiter, no
   * other is believed: name the roles of all members, or of none.
   *
   * @default - not known: grant it with `KeepaloftArbiter.grantHeartbeat`
   */
  readonly role?: IRole;

  /**
   * Its security groups, for `FailoverGroup.connections`.
   *
   * @default - none
   */
  readonly securityGroups?: ISecurityGroup[];

  /**
   * The id of the subnet of its first interface. A secondary IP whose members are in different ones is refused.
   *
   * @default - not known: the deployment itself finds out
   */
  readonly subnetId?: string;
}

/** What is not known of instances that come and go. */
export interface MemberSelectorOptions extends MemberOptions {
  /**
   * The role of their instance profile, as of `MemberInstanceOptions.role`.
   *
   * @default - of an Auto Scaling group of the same app its own; else not known: grant it with `grantHeartbeat`
   */
  readonly role?: IRole;

  /**
   * Their security groups, for `FailoverGroup.connections`.
   *
   * @default - of an Auto Scaling group of the same app its own; else none
   */
  readonly securityGroups?: ISecurityGroup[];
}

/** How a member is written in keepaloft.yaml, without its priority. */
type Named =
  | { readonly instance: string }
  | { readonly tag: { readonly [key: string]: string } }
  | { readonly autoScalingGroup: string };

interface MemberSource {
  readonly named: Named;
  readonly priority: number | undefined;
  readonly role: IRole | undefined;
  readonly connectable: IConnectable | undefined;
  readonly securityGroups: readonly ISecurityGroup[];
  readonly subnetIds: readonly string[];
  readonly install: Install | undefined;
  /** What the same app makes. */
  readonly made: Instance | AutoScalingGroup | undefined;
}

/** What an app can say of its own Auto Scaling group; undefined where its launch template does not tell. */
const told = <T>(ask: () => T): T | undefined => {
  try {
    return ask();
  } catch {
    // An Auto Scaling group says so by throwing.
    return undefined;
  }
};

/** Instances that somebody else makes have had their first boot, or will have it without this stack's lines. */
const notAtBoot = (install: Install | undefined): Install | undefined => {
  if (install?.way !== 'userData') return install;
  throw new DeploymentError(
    'user-data is only run at the first boot of an instance that the stack makes: use Install.ssm() or Install.manual()',
  );
};

const subnetsOf = (group: IAutoScalingGroup): readonly string[] => {
  const resource = group.node.defaultChild;
  return resource instanceof CfnAutoScalingGroup ? (resource.vpcZoneIdentifier ?? []) : [];
};

/**
 * An EC2 instance in a group, or what instances must be to be let in. Interface and address are looked up in EC2, by the
 * deployment or when an instance asks for its configuration, never given.
 */
export class Member {
  /** An instance that the same app makes: its role, subnet and security groups are known. */
  static fromInstance(instance: Instance, options: MemberOptions = {}): Member {
    return new Member({
      named: { instance: instance.instanceId },
      priority: options.priority,
      role: instance.role,
      connectable: instance,
      securityGroups: [],
      subnetIds: instance.instance.subnetId === undefined ? [] : [instance.instance.subnetId],
      install: options.install,
      made: instance,
    });
  }

  /** An instance that exists. */
  static fromInstanceId(instanceId: string, options: MemberInstanceOptions = {}): Member {
    const { subnetId } = options;
    return Member.#elsewhere({ instance: instanceId }, options, subnetId === undefined ? [] : [subnetId]);
  }

  /**
   * Every instance of the account and region with all of these tags, as many as there is room for. One joins when its
   * agent asks for its configuration, and goes when it is terminated or has lost a tag. Whoever may tag instances decides
   * who is a member: name the roles of members, too. The VIPs' subnet must be known.
   */
  static fromTag(tag: { readonly [key: string]: string }, options: MemberSelectorOptions = {}): Member {
    return Member.#elsewhere({ tag: { ...tag } }, options);
  }

  /**
   * Every instance of an Auto Scaling group, as many as there is room for: keep its maximum at eight or below. One joins
   * when its agent asks for its configuration. A lifecycle hook holds up its termination until its VIPs have moved.
   */
  static fromAutoScalingGroup(group: IAutoScalingGroup, options: MemberSelectorOptions = {}): Member {
    const own = group instanceof AutoScalingGroup ? group : undefined;
    return new Member({
      named: { autoScalingGroup: group.autoScalingGroupName },
      priority: options.priority,
      role: options.role ?? told(() => own?.role),
      connectable: own,
      securityGroups: options.securityGroups ?? [],
      subnetIds: subnetsOf(group),
      install: own === undefined ? notAtBoot(options.install) : options.install,
      made: own,
    });
  }

  /** The same of an Auto Scaling group of which only the name is known. */
  static fromAutoScalingGroupName(name: string, options: MemberSelectorOptions = {}): Member {
    return Member.#elsewhere({ autoScalingGroup: name }, options);
  }

  /** What this app does not make. */
  static #elsewhere(
    named: MemberSource['named'],
    { priority, role, securityGroups = [], install }: MemberSelectorOptions,
    subnetIds: readonly string[] = [],
  ): Member {
    const unmade = { connectable: undefined, made: undefined, install: notAtBoot(install) };
    return new Member({ named, priority, role, securityGroups, subnetIds, ...unmade });
  }

  /** Of a member that is named; undefined for what selects members. */
  readonly instanceId: string | undefined;
  readonly priority: number | undefined;
  readonly role: IRole | undefined;
  /** The subnets in which it may be, as far as they are known. */
  readonly subnetIds: string[];
  readonly #source: MemberSource;

  private constructor(source: MemberSource) {
    this.instanceId = 'instance' in source.named ? source.named.instance : undefined;
    this.priority = source.priority;
    this.role = source.role;
    this.subnetIds = [...source.subnetIds];
    this.#source = source;
  }

  /**
   * The way in which the arbiter's stack puts the agent on the host.
   *
   * @throws DeploymentError for a way that cannot work
   */
  installIn(stack: Stack): Install {
    const { install, made } = this.#source;
    const isOwn = this.userData !== undefined && made !== undefined && Stack.of(made) === stack;
    if (install?.way === 'userData' && !isOwn) {
      throw new DeploymentError(
        `${made?.node.id ?? 'a member'}: user-data of another stack's instance would need this stack, and this stack needs the instance: use Install.ssm() or Install.manual()`,
      );
    }
    return install ?? (isOwn ? Install.userData() : Install.manual());
  }

  /** What the same app makes: an instance, or a group of them. */
  get made(): Instance | AutoScalingGroup | undefined {
    return this.#source.made;
  }

  /**
   * Whether EC2 checks the sources and destinations of its packets, which no member of a group with a route may have;
   * undefined where the same app does not say it.
   */
  get sourceDestCheck(): boolean | undefined {
    const { made } = this.#source;
    if (!(made instanceof Instance)) return undefined;
    const { sourceDestCheck = true, networkInterfaces } = made.instance;
    return typeof sourceDestCheck === 'boolean' && networkInterfaces === undefined
      ? sourceDestCheck
      : undefined;
  }

  /** What it runs at its first boot, where the same app says so. */
  get userData(): UserData | undefined {
    return told(() => this.#source.made?.userData);
  }

  /** By which Systems Manager finds it: its id, or what selects it. */
  get target(): { readonly key: string; readonly value: string }[] {
    const { named } = this.#source;
    if ('instance' in named) return [{ key: 'InstanceIds', value: named.instance }];
    if ('autoScalingGroup' in named)
      return [{ key: 'tag:aws:autoscaling:groupName', value: named.autoScalingGroup }];
    return Object.entries(named.tag).map(([key, value]) => ({ key: `tag:${key}`, value }));
  }

  /** The security groups of the instance as far as they are known. */
  get securityGroups(): ISecurityGroup[] {
    const { securityGroups, connectable } = this.#source;
    return [...securityGroups, ...(told(() => connectable?.connections.securityGroups) ?? [])];
  }

  /** The Auto Scaling group whose instances are members; undefined for any other member. */
  get autoScalingGroupName(): string | undefined {
    const { named } = this.#source;
    return 'autoScalingGroup' in named ? named.autoScalingGroup : undefined;
  }

  /** As it stands in keepaloft.yaml. */
  get document(): Record<string, unknown> {
    return { ...this.#source.named, priority: this.priority };
  }
}
