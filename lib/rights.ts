/** Who may do what: the arbiter's functions in EC2 and in the table, hosts and operators at the API. */
import { ArnFormat, Stack, Validations } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable, type IRole, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EVENT_SOURCE } from '../core/wire/published.ts';
import { DeploymentError } from './errors.ts';

/** Every account has it in every region. */
export const DEFAULT_BUS = 'default';
/** A policy of a role holds 10,240 characters, and an interface's ARN takes about 80 of them. */
const INTERFACES_MAX = 100;

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

/**
 * The right to move addresses, to the members' interfaces by their ARNs and to nothing else. EC2 authorises the
 * interface that gets the address, not the one that loses it and not the address: which address, the arbiter's
 * configuration says. Of members that only a selector names nobody knows the interfaces: for them it is those of the
 * VIPs' subnet, which a secondary IP cannot leave anyway. Where nobody is to move anything there is no policy at all.
 */
export class MoveRight extends Construct {
  readonly #statement = new PolicyStatement({ actions: ['ec2:AssignPrivateIpAddresses'] });
  readonly #instances = new Set<string>();
  readonly #subnets = new Set<string>();
  readonly #movers: readonly IRole[];
  #policy: Policy | undefined;

  constructor(scope: Construct, id: string, movers: readonly IRole[]) {
    super(scope, id);
    this.#movers = movers;
  }

  /** @param instanceId whose interface it is: an instance in several groups counts once */
  allowInterface(networkInterfaceId: string, instanceId: string): void {
    if (this.#instances.has(instanceId)) return;
    if (this.#instances.size >= INTERFACES_MAX) {
      throw new DeploymentError(
        `more than ${INTERFACES_MAX} instances under one arbiter: their interfaces do not fit into one policy. Make a second arbiter`,
      );
    }
    this.#instances.add(instanceId);
    const { SLASH_RESOURCE_NAME: arnFormat } = ArnFormat;
    const resource = {
      service: 'ec2',
      resource: 'network-interface',
      resourceName: networkInterfaceId,
      arnFormat,
    };
    this.#statement.addResources(Stack.of(this).formatArn(resource));
    if (this.#instances.size === 1) this.#give(this.#statement);
  }

  /** @param subnetId whose interfaces they are */
  allowSubnet(subnetId: string): void {
    const { SLASH_RESOURCE_NAME: arnFormat } = ArnFormat;
    const arnOf = (resource: string, resourceName: string): string =>
      Stack.of(this).formatArn({ service: 'ec2', resource, resourceName, arnFormat });
    const subnet = arnOf('subnet', subnetId);
    const known = JSON.stringify(Stack.of(this).resolve(subnet));
    if (this.#subnets.has(known)) return;
    this.#subnets.add(known);
    this.#give(
      new PolicyStatement({
        actions: ['ec2:AssignPrivateIpAddresses'],
        resources: [arnOf('network-interface', '*')],
        conditions: { StringEquals: { 'ec2:Subnet': subnet } },
      }),
    );
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:network-interface/*]',
      reason:
        'Members by tag or Auto Scaling group are not known at deployment; the condition leaves the interfaces of their subnet.',
    });
  }

  #give(statement: PolicyStatement): void {
    // Only now: a policy that somebody has and that allows nothing is refused, and an arbiter's groups may all observe.
    this.#policy ??= new Policy(this, 'Default', { roles: [...this.#movers] });
    this.#policy.addStatements(statement);
  }
}
