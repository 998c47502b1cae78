/** Hosts of an Auto Scaling group in a new VPC without NAT, and the group of one VIP that they hold in turn. */
import { CfnParameter, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { AutoScalingGroup, GroupMetrics, HealthChecks } from 'aws-cdk-lib/aws-autoscaling';
import {
  BlockDeviceVolume,
  type IMachineImage,
  InstanceClass,
  InstanceSize,
  InstanceType,
  IpAddresses,
  IpProtocol,
  type ISubnet,
  type IVpc,
  LaunchTemplate,
  OperatingSystemType,
  Port,
  SecurityGroup,
  SubnetType,
  UserData,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { Check, KeepaloftArbiter, type KeepaloftArbiterProps, Member, Vip } from '../../lib/index.ts';

const VPC_CIDR = '10.30.0.0/16';
/** In the first private subnet. */
const VIP = '10.30.0.200';
const HTTP = 80;
const HOSTS = 2;
/** One more while an instance is replaced. */
const HOSTS_MAX = 3;

export interface ScaledProps extends StackProps {
  /**
   * Of the arbiter.
   *
   * @default - its own defaults
   */
  readonly arbiter?: KeepaloftArbiterProps;

  /**
   * How often the hosts are asked for their service, and what else the group's checks are.
   *
   * @default - a connection to 127.0.0.1:80
   */
  readonly checks?: { readonly [name: string]: Check };
}

export class ScaledStack extends Stack {
  constructor(scope: Construct, id: string, { arbiter: arbiterProps, checks, ...props }: ScaledProps = {}) {
    super(scope, id, props);
    const vpc = this.#vpc();
    const [subnet] = vpc.privateSubnets;
    if (subnet === undefined) throw new Error('the VPC has no subnet for the hosts');
    const hosts = this.#hosts(vpc, subnet);
    const arbiter = new KeepaloftArbiter(this, 'Ha', arbiterProps);
    const web = arbiter.addGroup('web', {
      vips: [Vip.secondaryIp(VIP, subnet)],
      members: [Member.fromAutoScalingGroup(hosts)],
      checks: checks ?? { haproxy: Check.tcp(`127.0.0.1:${HTTP}`) },
    });
    const clients = new SecurityGroup(this, 'Clients', { vpc, description: 'Who may use the VIP' });
    web.connections.allowFrom(clients, Port.tcp(HTTP));
  }

  #hosts(vpc: IVpc, subnet: ISubnet): AutoScalingGroup {
    const securityGroup = new SecurityGroup(this, 'Hosts', {
      vpc,
      description: 'The hosts of the VIP',
      allowAllOutbound: true,
      allowAllIpv6Outbound: true,
    });
    const launchTemplate = new LaunchTemplate(this, 'Host', {
      instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.MICRO),
      machineImage: this.#image(),
      // To which the arbiter adds what installs the agent: lines that never change.
      userData: UserData.forLinux(),
      securityGroup,
      // Its name is what the arbiter believes: who may call it is in the deployment, not on the hosts.
      role: new Role(this, 'HostRole', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }),
      requireImdsv2: true,
      detailedMonitoring: true,
      blockDevices: [{ deviceName: '/dev/xvda', volume: BlockDeviceVolume.ebs(16, { encrypted: true }) }],
    });
    const hosts = new AutoScalingGroup(this, 'Group', {
      vpc,
      // In one subnet: a secondary IP cannot leave it.
      vpcSubnets: { subnets: [subnet] },
      launchTemplate,
      minCapacity: HOSTS,
      maxCapacity: HOSTS_MAX,
      healthChecks: HealthChecks.ec2(),
      groupMetrics: [GroupMetrics.all()],
    });
    Validations.of(hosts).acknowledge({
      id: 'AwsSolutions-AS3',
      reason: 'An example: whom its scaling is to be told to is for whoever runs something on it to say.',
    });
    return hosts;
  }

  /** Private subnets of both protocols. The hosts reach the API over IPv6, for which no NAT is needed or paid. */
  #vpc(): IVpc {
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(VPC_CIDR),
      ipProtocol: IpProtocol.DUAL_STACK,
      maxAzs: 1,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Hosts', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 }],
    });
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason: 'An example: whether its traffic is worth recording depends on what will run in it.',
    });
    // This project's compiler tells an absent property from an undefined one; the CDK's own types do not.
    return vpc as IVpc;
  }

  /** A parameter, which CloudFormation keeps: an image that follows "the latest" would replace hosts one day. */
  #image(): IMachineImage {
    const { valueAsString: imageId } = new CfnParameter(this, 'ImageId', {
      type: 'AWS::EC2::Image::Id',
      description: 'An arm64 Linux image such as Amazon Linux 2023 with the service in it',
    });
    return {
      getImage: () => ({ imageId, osType: OperatingSystemType.LINUX, userData: UserData.forLinux() }),
    };
  }
}
