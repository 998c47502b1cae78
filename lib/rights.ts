/** Who may do what: the arbiter's functions in EC2 and in the table, hosts and operators at the API. */
import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable, type IRole, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EVENT_SOURCE } from '../core/wire/published.ts';
import { DeploymentError } from './errors.ts';

/** Every account has it in every region. */
export const DEFAULT_BUS = 'default';
/** A policy of a role holds 10,240 characters, and the ARN of an interface, a table or an Elastic IP about 80 of them. */
const RESOURCES_MAX = 100;

/** Lets somebody call routes of one API: the method, the path and the only stage there is. */
export const allowRoutes = (
  scope: Construct,
  { apiId, stage }: { readonly apiId: string; readonly stage: string },
  paths: readonly string[],
  grantee: IGrantable,
): Grant => {
  const resourceArns = paths.map((path) =>
    Stack.of(scope).formatArn({
      service: 'execute-api',
      resource: apiId,
      resourceName: `${stage}/POST${path}`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    }),
  );
  return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
};

/** Lets a role read and conditionally write items. Never a Scan: what is looked for has a key, or a partition. */
export const allowItems = (table: Table, role: IRole, ...more: string[]): void => {
  const actions = ['dynamodb:GetItem', 'dynamodb:PutItem', ...more];
  role.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [table.tableArn] }));
};

/** Lets a role read items, and list those of a partition. */
export const allowReading = (table: Table, role: IRole): void => {
  const actions = ['dynamodb:GetItem', 'dynamodb:Query'];
  role.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [table.tableArn] }));
};

/** Describe calls know no resources: EC2 grants them for all or for none. */
export const allowDescribe = (role: IRole, ...calls: string[]): void => {
  const actions = calls.map((call) => `ec2:${call}`);
  role.addToPrincipalPolicy(new PolicyStatement({ actions, resources: ['*'] }));
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: `${calls.join(', ')}: EC2 takes no resource for Describe calls, which change nothing.`,
  });
};

/** Lets a role ask CloudWatch how alarms stand and what was measured. */
export const allowWatching = (role: IRole): void => {
  const actions = ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'];
  role.addToPrincipalPolicy(new PolicyStatement({ actions, resources: ['*'] }));
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'CloudWatch takes no resource for GetMetricData, and none for finding alarms by the beginning of their names.',
  });
};

/** Lets a role publish decisions, as what they are and nothing else, on the account's default bus. */
export const allowPublish = (role: IRole): void => {
  const bus = { service: 'events', resource: 'event-bus', resourceName: DEFAULT_BUS };
  role.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['events:PutEvents'],
      resources: [Stack.of(role).formatArn({ ...bus, arnFormat: ArnFormat.SLASH_RESOURCE_NAME })],
      conditions: { StringEquals: { 'events:source': EVENT_SOURCE } },
    }),
  );
};

/** Lets a role say that instances of one Auto Scaling group need not wait any longer. Its id, which is in the ARN, nobody knows. */
export const allowComplete = (role: IRole, autoScalingGroupName: string): void => {
  const group = { service: 'autoscaling', resource: 'autoScalingGroup:*:autoScalingGroupName' };
  const resource = Stack.of(role).formatArn({
    ...group,
    resourceName: autoScalingGroupName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  role.addToPrincipalPolicy(
    new PolicyStatement({ actions: ['autoscaling:CompleteLifecycleAction'], resources: [resource] }),
  );
  Validations.of(role).acknowledge({
    id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:autoscaling:<AWS::Region>:<AWS::AccountId>:autoScalingGroup:*:autoScalingGroupName/${writtenName(role, autoScalingGroupName)}]`,
    reason:
      'The ARN of an Auto Scaling group has an id that its resource does not tell; the name behind it leaves one group of the account.',
  });
};

/** As cdk-nag writes it: a resource's name that only the deployment knows is its logical id in brackets. */
const writtenName = (scope: Construct, name: string): string => {
  const [, id] = /^\{"Ref":"(\w+)"\}$/u.exec(JSON.stringify(Stack.of(scope).resolve(name))) ?? [];
  return id === undefined ? name : `<${id}>`;
};

/** A call that gives an address to an interface, and is authorised by that interface. */
export type InterfaceCall = 'AssignPrivateIpAddresses' | 'AssociateAddress' | 'AssignIpv6Addresses';

/** An IPv6 address must be taken from an interface before another can be given it, and that one authorises it, too. */
const actionsOf = (call: InterfaceCall): string[] =>
  call === 'AssignIpv6Addresses' ? ['UnassignIpv6Addresses', call] : [call];

/**
 * The right to move addresses, to the members' interfaces, in the groups' route tables and of the groups' Elastic IPs, each
 * by its ARN, and to nothing else. EC2 authorises the interface that gets an address, not the one that loses it and not the
 * address; of a route the table, not where it leads: which address, and where, the arbiter's configuration says. Of members
 * that only a selector names nobody knows the interfaces: for them it is those of the VIPs' subnet, which a secondary IP
 * cannot leave anyway. Where nobody is to move anything there is no policy at all.
 */
export class MoveRight extends Construct {
  readonly #statements = new Map<string, PolicyStatement>();
  readonly #known = new Set<string>();
  readonly #movers: readonly IRole[];
  #named = 0;
  #policy: Policy | undefined;

  constructor(scope: Construct, id: string, movers: readonly IRole[]) {
    super(scope, id);
    this.#movers = movers;
  }

  /** @param instanceId whose interface it is: an instance in several groups counts once */
  allowInterface(call: InterfaceCall, networkInterfaceId: string, instanceId: string): void {
    if (!this.#isNew(call, instanceId)) return;
    this.#name(actionsOf(call), this.#arnOf('network-interface', networkInterfaceId));
  }

  /** Whatever the routes of a table lead to. */
  allowRoutes(routeTableId: string): void {
    if (!this.#isNew('ReplaceRoute', this.#resolved(routeTableId))) return;
    this.#name(['ReplaceRoute', 'CreateRoute'], this.#arnOf('route-table', routeTableId));
  }

  /** The Elastic IP itself; the interface that gets it needs a right of its own. */
  allowElasticIp(allocationId: string): void {
    if (!this.#isNew('AssociateAddress', this.#resolved(allocationId))) return;
    this.#name(['AssociateAddress'], this.#arnOf('elastic-ip', allocationId));
  }

  /** @param subnetId whose interfaces they are */
  allowSubnet(call: InterfaceCall, subnetId: string): void {
    const subnet = this.#arnOf('subnet', subnetId);
    if (!this.#isNew(call, this.#resolved(subnet))) return;
    this.#give(
      new PolicyStatement({
        actions: actionsOf(call).map((action) => `ec2:${action}`),
        resources: [this.#arnOf('network-interface', '*')],
        conditions: { StringEquals: { 'ec2:Subnet': subnet } },
      }),
    );
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:network-interface/*]',
      reason:
        'Members by tag or Auto Scaling group are not known at deployment; the condition leaves the interfaces of their subnet.',
    });
  }

  #isNew(call: string, what: string): boolean {
    const key = `${call} ${what}`;
    const isNew = !this.#known.has(key);
    this.#known.add(key);
    return isNew;
  }

  /** Adds a resource to the one statement of these calls. */
  #name(calls: readonly string[], arn: string): void {
    this.#named += 1;
    if (this.#named > RESOURCES_MAX) {
      throw new DeploymentError(
        `more than ${RESOURCES_MAX} interfaces, route tables and Elastic IPs under one arbiter: they do not fit into one policy. Make a second arbiter`,
      );
    }
    const key = calls.join();
    const known = this.#statements.get(key);
    const statement = known ?? new PolicyStatement({ actions: calls.map((call) => `ec2:${call}`) });
    statement.addResources(arn);
    if (known !== undefined) return;
    this.#statements.set(key, statement);
    this.#give(statement);
  }

  #arnOf(resource: string, resourceName: string): string {
    const { SLASH_RESOURCE_NAME: arnFormat } = ArnFormat;
    return Stack.of(this).formatArn({ service: 'ec2', resource, resourceName, arnFormat });
  }

  /** Two tokens that name the same resource are different texts, and resolve to the same. */
  #resolved(text: string): string {
    return JSON.stringify(Stack.of(this).resolve(text));
  }

  #give(statement: PolicyStatement): void {
    // Only now: a policy that somebody has and that allows nothing is refused, and an arbiter's groups may all observe.
    this.#policy ??= new Policy(this, 'Default', { roles: [...this.#movers] });
    this.#policy.addStatements(statement);
  }
}
