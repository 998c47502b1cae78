/** A new pair of hosts in a new VPC without NAT, and the group of one VIP between them. */
import { CfnParameter, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import {
  BlockDeviceVolume,
  HttpTokens,
  type IMachineImage,
  Instance,
  InstanceClass,
  InstanceSize,
  InstanceType,
  IpAddresses,
  IpProtocol,
  type IVpc,
  OperatingSystemType,
  Port,
  SecurityGroup,
  SubnetType,
  UserData,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { Check, KeepaloftArbiter, type KeepaloftArbiterProps, Member, Vip } from '../../lib/index.ts';

const VPC_CIDR = '10.20.0.0/16';
/** In the first private subnet. */
const VIP = '10.20.0.200';
const MYSQL = 3306;

export interface NewPairProps extends StackProps {
  /**
   * Of the arbiter.
   *
   * @default - its own defaults
   */
  readonly arbiter?: KeepaloftArbiterProps;

  /**
   * How often the hosts are asked for MySQL, and what else the group's checks are.
   *
   * @default - a connection to 127.0.0.1:3306
   */
  readonly checks?: { readonly [name: string]: Check };
}

export class NewPairStack extends Stack {
  constructor(scope: Construct, id: string, { arbiter: arbiterProps, checks, ...props }: NewPairProps = {}) {
    super(scope, id, props);
    const vpc = this.#vpc();
    const [subnet] = vpc.privateSubnets;
    if (subnet === undefined) throw new Error('the VPC has no subnet for the hosts');
    const image = this.#image();
    const securityGroup = new SecurityGroup(this, 'Hosts', {
      vpc,
      description: 'The hosts of the VIP',
      allowAllOutbound: true,
      allowAllIpv6Outbound: true,
    });
    const [first, second] = ['First', 'Second'].map(
      (name) =>
        new Instance(this, name, {
          vpc,
          // Both in one subnet: a secondary IP cannot leave it.
          vpcSubnets: { subnets: [subnet] },
          instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.MICRO),
          machineImage: image,
          securityGroup,
          httpTokens: HttpTokens.REQUIRED,
          detailedMonitoring: true,
          blockDevices: [{ deviceName: '/dev/xvda', volume: BlockDeviceVolume.ebs(16, { encrypted: true }) }],
        }),
    );
    if (first === undefined || second === undefined) throw new Error('a pair is two');
    for (const host of [first, second]) {
      Validations.of(host).acknowledge({
        id: 'AwsSolutions-EC29',
        reason: 'An example is to be removed as easily as it was made; real hosts deserve the protection.',
      });
    }
    const arbiter = new KeepaloftArbiter(this, 'Ha', arbiterProps);
    const mysql = arbiter.addGroup('mysql', {
      vips: [Vip.secondaryIp(VIP, subnet)],
      members: [Member.fromInstance(first, { priority: 200 }), Member.fromInstance(second)],
      checks: checks ?? { mysqld: Check.tcp(`127.0.0.1:${MYSQL}`) },
    });
    const clients = new SecurityGroup(this, 'Clients', { vpc, description: 'Who may use the VIP' });
    mysql.connections.allowFrom(clients, Port.tcp(MYSQL));
  }

  /** Private subnets of both protocols. The hosts reach the API over IPv6, for which no NAT is needed or paid. */
  #vpc(): IVpc {
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(VPC_CIDR),
      ipProtocol: IpProtocol.DUAL_STACK,
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Hosts', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 }],
    });
    // This project's compiler tells an absent property from an undefined one; the CDK's own types do not.
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason: 'An example: whether its traffic is worth recording depends on what will run in it.',
    });
    return vpc as IVpc;
  }

  /** A parameter, which CloudFormation keeps: an image that follows "the latest" would replace the hosts one day. */
  #image(): IMachineImage {
    const { valueAsString: imageId } = new CfnParameter(this, 'ImageId', {
      type: 'AWS::EC2::Image::Id',
      description: 'An arm64 Linux image such as Amazon Linux 2023. Changing it replaces both hosts',
    });
    return {
      // Constant for ever: a change of user-data restarts an instance.
      getImage: () => ({ imageId, osType: OperatingSystemType.LINUX, userData: UserData.forLinux() }),
    };
  }
}
