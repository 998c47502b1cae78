import { Stack } from 'aws-cdk-lib';
import { type IConnectable, type Instance, type ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
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

interface MemberSource {
  readonly instanceId: string;
  readonly priority: number | undefined;
  readonly role: IRole | undefined;
  readonly connectable: IConnectable | undefined;
  readonly securityGroups: readonly ISecurityGroup[];
  readonly subnetId: string | undefined;
  readonly install: Install | undefined;
  readonly instance: Instance | undefined;
}

/** An EC2 instance in a group. Its interface and address are looked up in EC2 by the deployment, never given. */
export class Member {
  /** An instance that the same app makes: its role, subnet and security groups are known. */
  static fromInstance(instance: Instance, options: MemberOptions = {}): Member {
    return new Member({
      instanceId: instance.instanceId,
      priority: options.priority,
      role: instance.role,
      connectable: instance,
      securityGroups: [],
      subnetId: instance.instance.subnetId,
      install: options.install,
      instance,
    });
  }

  /** An instance that exists. */
  static fromInstanceId(instanceId: string, options: MemberInstanceOptions = {}): Member {
    if (options.install?.way === 'userData') {
      throw new DeploymentError(
        `${instanceId}: user-data is only run at the first boot of an instance that the stack makes: use Install.ssm() or Install.manual()`,
      );
    }
    return new Member({
      instanceId,
      priority: options.priority,
      role: options.role,
      connectable: undefined,
      securityGroups: options.securityGroups ?? [],
      subnetId: options.subnetId,
      install: options.install,
      instance: undefined,
    });
  }

  readonly instanceId: string;
  readonly priority: number | undefined;
  readonly role: IRole | undefined;
  readonly subnetId: string | undefined;
  /** The instance itself when the app makes it. */
  readonly instance: Instance | undefined;
  readonly #source: MemberSource;

  private constructor(source: MemberSource) {
    this.instanceId = source.instanceId;
    this.priority = source.priority;
    this.role = source.role;
    this.subnetId = source.subnetId;
    this.instance = source.instance;
    this.#source = source;
  }

  /**
   * The way in which the arbiter's stack puts the agent on the host.
   *
   * @throws DeploymentError for a way that cannot work
   */
  installIn(stack: Stack): Install {
    const { install, instance } = this.#source;
    const isOwn = instance !== undefined && Stack.of(instance) === stack;
    if (install?.way === 'userData' && !isOwn) {
      throw new DeploymentError(
        `${this.instanceId}: user-data of another stack's instance would need this stack, and this stack needs the instance: use Install.ssm() or Install.manual()`,
      );
    }
    return install ?? (isOwn ? Install.userData() : Install.manual());
  }

  /** The security groups of the instance as far as they are known. */
  get securityGroups(): ISecurityGroup[] {
    return [...this.#source.securityGroups, ...(this.#source.connectable?.connections.securityGroups ?? [])];
  }
}
