import type { ISubnet } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IConstruct } from 'constructs';
import type { Mode } from './conduct.ts';
import type { Transport } from './transport.ts';

/** How many executions of a function Lambda keeps free for it, which is also how many it may have at most. */
export interface ReservedConcurrency {
  /**
   * Of the heartbeat function, which takes heartbeats and moves addresses alike: a claim is answered by the request
   * that carries it, and one move occupies one execution for 0.3 to 9 seconds. Ten and one for each group is plenty.
   *
   * @default - not reserved
   */
  readonly heartbeat?: number;

  /**
   * Of the admin function, so that an order gets through whatever the heartbeats do. Two are plenty.
   *
   * @default - not reserved
   */
  readonly admin?: number;
}

export interface KeepaloftArbiterProps {
  /**
   * How hosts and operators reach the arbiter.
   *
   * @default Transport.httpApi()
   */
  readonly transport?: Transport;

  /**
   * Mode.OBSERVE: every group of it observes, whatever its own `mode` says, and the template grants no right to change
   * anything in EC2. Mode.ENFORCE: each group's own mode.
   *
   * @default Mode.ENFORCE
   */
  readonly mode?: Mode;

  /**
   * Keeps other functions of the account from taking what a move needs. Lambda refuses any reservation that leaves the
   * account less than it demands unreserved, and an account with a limit of 10 has none to give: hence none by default.
   * What heartbeats can take is bounded by the throttle of their route in any case.
   *
   * @default - none: works in an account with a concurrency limit of 10
   */
  readonly reservedConcurrency?: ReservedConcurrency;

  /**
   * The folder with the packed agent that members get, as `npm run artefact` makes it.
   *
   * @default - the one of this version
   */
  readonly agentArtefacts?: string;

  /**
   * How long log lines are kept.
   *
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays;

  /**
   * Log every write of an item, too. Some lines a heartbeat.
   *
   * @default false
   */
  readonly verbose?: boolean;
}

/** What is not in keepaloft.yaml and yet concerns the groups of one. */
export interface GroupsFromFileOptions {
  /**
   * The roles of the members: they are granted their heartbeats, and nobody else may send any.
   *
   * @default - not known: grant them with `grantHeartbeat`
   */
  readonly memberRoles?: IRole[];

  /**
   * The subnet of all VIPs of the file, in which they are reserved.
   *
   * @default - not known: nothing is reserved
   */
  readonly subnet?: ISubnet;

  /**
   * Names of groups that may be removed even while somebody holds them, see `FailoverGroupProps.forceRemoval`.
   *
   * @default - none
   */
  readonly forceRemoval?: string[];
}

/** An arbiter of another stack, by what is needed to reach it. */
export interface KeepaloftArbiterAttributes {
  readonly endpoint: string;
  readonly apiId: string;
}

/** An arbiter, in this app or elsewhere. */
export interface IKeepaloftArbiter extends IConstruct {
  /** Without a path, for example https://abc123.execute-api.us-east-1.amazonaws.com */
  readonly endpoint: string;
  readonly apiId: string;
  /** Lets a member's role send heartbeats and fetch its configuration, and nothing else. */
  grantHeartbeat(role: IRole): Grant;
  /** Lets somebody give orders: failover, drain, pause, resume. */
  grantOperate(grantee: IGrantable): Grant;
}
