import { readFileSync } from 'node:fs';
import { Duration, Lazy, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { keepaloftFileSchema } from '../core/wire/config.ts';
import { readDocument } from '../core/wire/document.ts';
import { elasticIpsMeet, standsOnPrimary } from '../core/wire/meeting.ts';
import { GROUPS_MAX } from '../core/wire/names.ts';
import { readArtefacts } from './agent-artefacts.ts';
import { AgentDelivery } from './agent-delivery.ts';
import { AlarmChecks } from './alarm-checks.ts';
import { arbiterNameOf } from './arbiter-name.ts';
import type {
  GroupsFromFileOptions,
  IKeepaloftArbiter,
  KeepaloftArbiterAttributes,
  KeepaloftArbiterProps,
} from './arbiter-props.ts';
import { CloudEventsFunction } from './cloud-events.ts';
import { Mode } from './conduct.ts';
import { DeploymentError } from './errors.ts';
import { FailoverGroup } from './failover-group.ts';
import { ArbiterFunction } from './function.ts';
import { propsOf } from './group-file.ts';
import type { FailoverGroupProps } from './group-props.ts';
import { ImportedArbiter } from './imported-arbiter.ts';
import { LookRight } from './look-right.ts';
import type { Member } from './member.ts';
import { ConfigProvider } from './provider.ts';
import {
  allowDescribe,
  allowItems,
  allowPublish,
  allowReading,
  allowWatching,
  DEFAULT_BUS,
  MoveRight,
} from './rights.ts';
import type { TransportConfig } from './routes.ts';
import { SweepFunction } from './sweep.ts';
import { TerminationHooks } from './termination.ts';
import { Transport } from './transport.ts';
import { WatchedArbiter } from './watched-arbiter.ts';

/** The functions stop waiting for EC2 after 9 seconds. */
const TIMEOUT = Duration.seconds(10);

const positive = (what: string, count: number | undefined): number | undefined => {
  if (count !== undefined && (!Number.isInteger(count) || count < 1)) {
    throw new DeploymentError(
      `reservedConcurrency.${what} is ${count}: 0 would stop it, leave it out instead`,
    );
  }
  return count;
};

/**
 * Who decides where VIPs live: a table, an API and the functions behind it.
 *
 * @example
 * const arbiter = new KeepaloftArbiter(stack, 'Ha');
 * arbiter.addGroup('mysql', {
 *   vips: [Vip.secondaryIp('172.31.0.201', subnet)],
 *   members: [Member.fromInstance(a, { priority: 200 }), Member.fromInstance(b)],
 *   checks: { mysqld: Check.tcp('127.0.0.1:3306') },
 * });
 */
export class KeepaloftArbiter extends WatchedArbiter implements IKeepaloftArbiter {
  /** An arbiter of another stack, to grant access to it. Groups are added where it is made. */
  static fromArbiterAttributes(
    scope: Construct,
    id: string,
    attributes: KeepaloftArbiterAttributes,
  ): IKeepaloftArbiter {
    return new ImportedArbiter(scope, id, attributes);
  }

  readonly endpoint: string;
  readonly apiId: string;
  readonly table: Table;
  /** Takes heartbeats, decides, and moves addresses. */
  readonly heartbeatFunction: ArbiterFunction;
  /** Takes orders; a resume may move what was held up. */
  readonly adminFunction: ArbiterFunction;
  /** Tells hosts their configuration, and lets those in that a selector names. */
  readonly enrollFunction: ArbiterFunction;
  /** Looks at every group once a minute. */
  readonly sweepFunction: SweepFunction;
  /** Takes the cloud's events about the members' machines. */
  readonly eventsFunction: CloudEventsFunction;
  readonly #transport: TransportConfig;
  readonly #provider: ConfigProvider;
  readonly #moveRight: MoveRight;
  readonly #lookRight: LookRight;
  readonly #alarmChecks: AlarmChecks;
  readonly #terminations: TerminationHooks;
  readonly #groups = new Map<string, FailoverGroup>();
  #lets = false;
  readonly #memberRoles = new Map<IRole, Grant>();
  readonly #props: KeepaloftArbiterProps;
  #delivery: AgentDelivery | undefined;

  constructor(scope: Construct, id: string, props: KeepaloftArbiterProps = {}) {
    const { logRetention = RetentionDays.THREE_MONTHS, verbose = false } = props;
    super(scope, id, { logRetention, verbose });
    this.#props = props;
    this.node.addValidation({ validate: () => [this.#meeting() ?? []].flat() });
    this.table = this.#makeTable();
    const shared = { timeout: TIMEOUT, logRetention, verbose };
    const TABLE_NAME = this.table.tableName;
    const MEMBER_ROLES = this.#memberRoleNames();
    /** Of every function that decides. */
    const deciding = { TABLE_NAME, ARBITER: arbiterNameOf(this), EVENT_BUS: DEFAULT_BUS };
    this.heartbeatFunction = new ArbiterFunction(this, 'Heartbeat', {
      ...shared,
      artefact: 'heartbeat',
      description: 'Keepaloft: takes heartbeats, decides who holds, moves addresses',
      environment: { ...deciding, MEMBER_ROLES },
      reservedConcurrency: positive('heartbeat', props.reservedConcurrency?.heartbeat),
    });
    this.adminFunction = new ArbiterFunction(this, 'Admin', {
      ...shared,
      artefact: 'admin',
      description: 'Keepaloft: takes orders of operators',
      environment: { ...deciding, HEARTBEAT_FUNCTION: this.heartbeatFunction.functionName },
      reservedConcurrency: positive('admin', props.reservedConcurrency?.admin),
    });
    this.enrollFunction = new ArbiterFunction(this, 'Enroll', {
      ...shared,
      artefact: 'enroll',
      description: 'Keepaloft: tells hosts their configuration',
      environment: { TABLE_NAME, MEMBER_ROLES },
      reservedConcurrency: undefined,
    });
    this.sweepFunction = new SweepFunction(this, 'Sweep', { logRetention, verbose, environment: deciding });
    this.eventsFunction = new CloudEventsFunction(this, 'Events', {
      logRetention,
      verbose,
      environment: deciding,
    });
    this.#provider = new ConfigProvider(this, 'Provider', { tableName: TABLE_NAME, logRetention, verbose });
    this.#moveRight = this.#allow();
    const movers = [this.heartbeatFunction, this.adminFunction, this.sweepFunction, this.eventsFunction];
    this.#lookRight = new LookRight(movers.map(roleOf), roleOf(this.#provider.configure));
    const askers = [roleOf(this.sweepFunction), roleOf(this.eventsFunction)];
    this.#alarmChecks = new AlarmChecks(this, this.eventsFunction, askers);
    this.#terminations = new TerminationHooks(this, { table: this.table, logRetention, verbose });
    this.#transport = (props.transport ?? Transport.httpApi()).bind(this, {
      heartbeat: this.heartbeatFunction,
      admin: this.adminFunction,
      enroll: this.enrollFunction,
      logRetention,
    });
    this.endpoint = this.#transport.endpoint;
    this.apiId = this.#transport.apiId;
  }

  /** @throws DeploymentError with everything that is wrong with the group, and what to do */
  addGroup(name: string, props: FailoverGroupProps): FailoverGroup {
    this.#checkNew(name, props);
    const group = new FailoverGroup(this, name, this.#conducted(props), {
      serviceToken: this.#provider.serviceToken,
      watchedBy: this,
      before: [
        this.table,
        this.heartbeatFunction,
        this.adminFunction,
        this.enrollFunction,
        this.sweepFunction,
        this.eventsFunction,
        this.#moveRight,
        this.#provider,
        ...this.#transport.parts,
      ],
      watch: (instanceId) => this.eventsFunction.watch(instanceId),
      watchSelected: () => this.#watchSelected(),
      watchAlarm: (alarm) => this.#alarmChecks.watch(alarm),
      moveRight: this.#moveRight,
      lookRight: this.#lookRight,
      onTermination: (autoScalingGroupName) => this.#terminations.of(autoScalingGroupName),
      grantHeartbeat: (role) => this.grantHeartbeat(role),
      install: (member) => this.#install(member),
    });
    this.#groups.set(name, group);
    for (const grant of this.#memberRoles.values()) group.dependOn(grant);
    return group;
  }

  /** Every group of a keepaloft.yaml. @throws DocumentError with line and column of all that is wrong */
  addGroupsFromFile(path: string, options: GroupsFromFileOptions = {}): FailoverGroup[] {
    const { groups } = readDocument(path, textOf(path), keepaloftFileSchema);
    const { memberRoles = [], subnet, forceRemoval = [] } = options;
    for (const role of memberRoles) this.grantHeartbeat(role);
    const unknown = forceRemoval.find((name) => groups[name] === undefined);
    if (unknown !== undefined) {
      throw new DeploymentError(
        `no group ${unknown} in ${path}: removal is forced by a deployment before the group is taken out of the file`,
      );
    }
    return Object.entries(groups).map(([name, group]) => {
      const props = propsOf(group, subnet);
      return this.addGroup(name, { ...props, forceRemoval: forceRemoval.includes(name) });
    });
  }

  /**
   * Lines for a shell that runs as root, for example in the user-data of a launch template of another app: they install
   * the agent, and the host then asks the arbiter who it is. They are the same for ever for this arbiter.
   */
  get installCommands(): string[] {
    return this.#delivered().commands;
  }

  /** Names of the Auto Scaling groups whose instances wait for a moment before they are terminated. */
  get autoScalingGroupNames(): string[] {
    return this.#terminations.names;
  }

  /**
   * Lets a member's role send heartbeats, fetch its configuration and read the agent, and nothing else. Once one is
   * known, no other role is believed.
   */
  grantHeartbeat(role: IRole): Grant {
    const known = this.#memberRoles.get(role);
    if (known !== undefined) return known;
    this.#delivery?.grantRead(role);
    const grant = this.#transport.grantHeartbeat(role);
    this.#memberRoles.set(role, grant);
    for (const group of this.#groups.values()) group.dependOn(grant);
    return grant;
  }

  /** Lets somebody give orders: failover, drain, undrain, pause, resume, adopt. */
  grantOperate(grantee: IGrantable): Grant {
    return this.#transport.grantOperate(grantee);
  }

  /** Lets somebody look at the groups' items and at what the functions have logged, and change nothing. */
  grantView(grantee: IGrantable): Grant {
    const items = this.table.grant(grantee, 'dynamodb:GetItem', 'dynamodb:Query');
    const { heartbeatFunction, adminFunction, enrollFunction, sweepFunction, eventsFunction } = this;
    const functions = [heartbeatFunction, adminFunction, enrollFunction, sweepFunction, eventsFunction];
    const logs = functions.map((each) => each.logs.grantRead(grantee));
    return logs.reduce((all, grant) => all.combine(grant), items);
  }

  /** The bucket is there as soon as somebody needs it. */
  #install(member: Member): void {
    if (member.installIn(Stack.of(this)).way !== 'baked') this.#delivered().install(member);
  }

  /** The bucket is there as soon as somebody needs it. */
  #delivered(): AgentDelivery {
    if (this.#delivery !== undefined) return this.#delivery;
    const { agentArtefacts, logRetention = RetentionDays.THREE_MONTHS } = this.#props;
    const { endpoint } = this;
    const artefacts = readArtefacts(this.node, agentArtefacts);
    const delivery = new AgentDelivery(this, 'Agent', { artefacts, endpoint, logRetention });
    for (const role of this.#memberRoles.keys()) delivery.grantRead(role);
    this.#delivery = delivery;
    return delivery;
  }

  #makeTable(): Table {
    return new Table(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      // Of what is kept for a while only, such as the record of past transfers. A lease never expires this way.
      timeToLiveAttribute: 'expiresAt',
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  #allow(): MoveRight {
    const { configure } = this.#provider;
    const [heartbeat, admin] = [roleOf(this.heartbeatFunction), roleOf(this.adminFunction)];
    allowItems(this.table, heartbeat);
    // Whoever asks for a status or a history may not know the keys.
    allowItems(this.table, admin, 'dynamodb:Query');
    const enroll = roleOf(this.enrollFunction);
    allowReading(this.table, enroll);
    allowDescribe(enroll, 'DescribeInstances');
    // Who looks at every group finds them in their list, and asks about machines.
    const [sweep, events] = [roleOf(this.sweepFunction), roleOf(this.eventsFunction)];
    for (const role of [sweep, events]) allowItems(this.table, role, 'dynamodb:Query');
    for (const role of [heartbeat, admin]) allowDescribe(role, 'DescribeNetworkInterfaces');
    for (const role of [sweep, events]) allowDescribe(role, 'DescribeInstances', 'DescribeNetworkInterfaces');
    allowWatching(admin);
    const movers = [heartbeat, admin, sweep, events];
    for (const role of movers) allowPublish(role);
    allowItems(this.table, roleOf(configure), 'dynamodb:DeleteItem');
    allowDescribe(roleOf(configure), 'DescribeInstances', 'DescribeNetworkInterfaces', 'DescribeSubnets');
    return new MoveRight(this, 'MoveRight', movers);
  }

  /** An arbiter that observes has no group that does more. */
  #conducted(props: FailoverGroupProps): FailoverGroupProps {
    return this.#props.mode === Mode.OBSERVE ? { ...props, mode: Mode.OBSERVE } : props;
  }

  /** Members by selector: the enroll function may let them in, and they are heard of. */
  #watchSelected(): void {
    this.eventsFunction.watchAll();
    if (this.#lets) return;
    this.#lets = true;
    const enroll = roleOf(this.enrollFunction);
    enroll.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['dynamodb:PutItem'], resources: [this.table.tableArn] }),
    );
    allowDescribe(enroll, 'DescribeNetworkInterfaces', 'DescribeSubnets');
    this.#lookRight.addChecker(enroll);
  }

  /** Names are known once everything has been added. */
  #memberRoleNames(): string {
    this.node.addValidation({
      validate: () => {
        if (this.#memberRoles.size === 0 && this.#groups.size > 0) {
          Validations.of(this).addWarning('keepaloft:noMemberRoles', NO_MEMBER_ROLES);
        }
        return [];
      },
    });
    const names = (): string => [...this.#memberRoles.keys()].map((role) => role.roleName).join(',');
    return Lazy.string({ produce: () => (this.#memberRoles.size === 0 ? undefined : names()) });
  }

  /** Once all members are there. Those that a selector names nobody knows yet. */
  #meeting(): string | undefined {
    return elasticIpsMeet(
      [...this.#groups.values()].map(({ groupName, vips, members, mode }) => ({
        name: groupName,
        members: members.flatMap(({ instanceId }) => instanceId ?? []),
        takesPrimary: mode === Mode.ENFORCE && vips.some(standsOnPrimary),
      })),
    );
  }

  #checkNew(name: string, { vips }: FailoverGroupProps): void {
    if (this.#groups.has(name)) {
      throw new DeploymentError(`group ${name} is there already: give the second one another name`);
    }
    if (this.#groups.size >= GROUPS_MAX) {
      throw new DeploymentError(`more than ${GROUPS_MAX} groups under one arbiter: make a second arbiter`);
    }
    for (const other of this.#groups.values()) {
      const both = other.vips.find((taken) => vips.some(({ address }) => address === taken.address));
      if (both !== undefined) {
        throw new DeploymentError(
          `group ${name}: ${both.address} belongs to group ${other.groupName} already: a VIP belongs to one group only`,
        );
      }
    }
  }
}

const NO_MEMBER_ROLES =
  'no role of a member is known: any role of the account that may invoke the API is believed. Name them ' +
  '(`role` of the member, `memberRoles`, or grantHeartbeat; with the app `-c memberRoles=…`)';

const roleOf = ({ role }: ArbiterFunction): IRole => {
  if (role === undefined) throw new DeploymentError('a function has no role');
  return role;
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new DeploymentError(`${path} cannot be read: name a readable keepaloft.yaml`, { cause });
  }
};
