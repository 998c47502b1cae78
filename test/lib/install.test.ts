// Proves how the agent gets to each member: what is published, who may read it, and what is run where, in which order.
import { createHash } from 'node:crypto';
import { App, Stack } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import {
  Instance,
  InstanceClass,
  InstanceSize,
  InstanceType,
  type IVpc,
  MachineImage,
  Subnet,
  UserData,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { describe, expect, it } from 'vitest';
import { FETCH_PROGRAM } from '../../lib/fetch-script.ts';
import { DeploymentError, Install, KeepaloftArbiter, Member, Vip } from '../../lib/index.ts';
import { inApp, memberRole, named, nodeA, nodeB, ofType, statementsOf, templateOf } from './synthesis.ts';

/** A group of two existing instances with the agent put on them in these ways. */
const installed = (a: Install | undefined, b: Install | undefined): Template =>
  templateOf((stack) => {
    const role = memberRole(stack);
    new KeepaloftArbiter(stack, 'Ha').addGroup('mysql', {
      vips: [Vip.secondaryIp('172.31.0.201')],
      members: [
        Member.fromInstanceId(nodeA, { role, priority: 200, ...(a === undefined ? {} : { install: a }) }),
        Member.fromInstanceId(nodeB, { role, ...(b === undefined ? {} : { install: b }) }),
      ],
    });
  });

const own = (stack: Stack, id = 'Host'): Instance =>
  new Instance(stack, id, {
    vpc: new Vpc(stack, `Vpc${id}`) as IVpc,
    instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.MICRO),
    machineImage: MachineImage.genericLinux(
      { 'us-east-1': 'ami-0a000000000000001' },
      { userData: UserData.forLinux() },
    ),
  });

describe('the bucket', () => {
  const template = installed(undefined, undefined);

  it('is closed to the public, encrypted, versioned, and speaks TLS only', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
      LifecycleConfiguration: {
        Rules: [{ NoncurrentVersionExpiration: { NoncurrentDays: 90 }, Status: 'Enabled' }],
      },
    });
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Retain' });
    const [[, policy] = ['', undefined]] = ofType(template, 'AWS::S3::BucketPolicy');
    expect(JSON.stringify(policy)).toContain('{"Bool":{"aws:SecureTransport":"false"}}');
  });

  it('gets the channel after what it names, and nothing is taken out of it', () => {
    const deployments = ofType(template, 'Custom::CDKBucketDeployment');
    const packed = deployments.find(([id]) => id.startsWith('HaAgentArtefacts'));
    const channel = deployments.find(([id]) => id.startsWith('HaAgentChannel'));
    expect(deployments).toHaveLength(2);
    expect(packed?.[1].Properties).toMatchObject({
      DestinationBucketKeyPrefix: 'agent/102030000000',
      Prune: false,
    });
    expect(channel?.[1].Properties).toMatchObject({ DestinationBucketKeyPrefix: 'agent', Prune: false });
    expect(channel?.[1].DependsOn).toContain(packed?.[0]);
  });

  it('is read by members, where the agent is and nowhere else', () => {
    const policies = ofType(template, 'AWS::IAM::Policy').filter(([id]) => id.startsWith('MemberRole'));
    const [bucket] = named(template, 'HaAgentBucket', 'AWS::S3::Bucket');
    expect(policies).toHaveLength(1);
    expect(policies[0]?.[1].Properties?.['PolicyDocument']).toMatchObject({
      Statement: [
        { Action: 'execute-api:Invoke', Effect: 'Allow' },
        {
          Action: 's3:GetObject',
          Effect: 'Allow',
          Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': [bucket, 'Arn'] }, '/agent/*']] },
        },
      ],
    });
  });

  it('is written by its publisher, which may do nothing else but log and read assets', () => {
    const actions = statementsOf(template, 'HaAgentPublishRole').map(({ Action }) => Action);
    expect(actions).toEqual([
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      ['s3:GetObject*', 's3:GetBucket*', 's3:List*'],
      expect.arrayContaining(['s3:PutObject', 's3:DeleteObject*']),
    ]);
    const resources = statementsOf(template, 'HaAgentPublishRole').map(({ Resource }) => Resource);
    expect(JSON.stringify(resources)).not.toContain('"*"');
    template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 90 });
  });

  it('is not there when every image has the agent already', () => {
    const baked = installed(Install.baked(), Install.baked());
    baked.resourceCountIs('AWS::S3::Bucket', 0);
    baked.resourceCountIs('AWS::SSM::Association', 0);
  });
});

describe('what hosts run', () => {
  it('never changes: user-data contains it, and a change of that restarts every host', () => {
    // Whoever must change this restarts the databases of everybody who deploys the next version.
    expect(createHash('sha256').update(FETCH_PROGRAM).digest('hex')).toBe(
      '88bb576eae570a4b8277a427a60ebecd96679da05e6f3b0674a69cf00033614c',
    );
  });

  it('fits into user-data with room for the user', () => {
    expect(Buffer.byteLength(FETCH_PROGRAM)).toBeLessThan(6 * 1024);
  });

  it('asks no environment', () => {
    expect(FETCH_PROGRAM).not.toContain('os.environ');
    expect(FETCH_PROGRAM).not.toContain('getenv');
  });
});

describe('the ways', () => {
  it('existing instances: one line for somebody to run', () => {
    const template = installed(undefined, undefined);
    const outputs = template.findOutputs('InstallAgent');
    expect(JSON.stringify(outputs['InstallAgent']?.['Value'])).toMatch(
      /"aws s3 cp s3:\/\/",\{"Ref":"HaAgentBucket\w+"\},"\/agent\/fetch.py - \| ssh HOST sudo python3 - "/,
    );
    template.resourceCountIs('AWS::SSM::Association', 0);
  });

  it('Systems Manager: one host after the other, the lowest priority first, and again for a new build', () => {
    const template = installed(Install.ssm(), Install.ssm());
    const associations = ofType(template, 'AWS::SSM::Association');
    const of = (node: string) =>
      associations.find(([, { Properties }]) => JSON.stringify(Properties?.['Targets']).includes(node));
    const [master, standby] = [of(nodeA), of(nodeB)];
    expect(associations).toHaveLength(2);
    expect(master?.[1].DependsOn).toContain(standby?.[0]);
    expect(standby?.[1].DependsOn).not.toContain(master?.[0]);
    expect(standby?.[1].Properties).toMatchObject({
      Name: 'AWS-RunShellScript',
      Targets: [{ Key: 'InstanceIds', Values: [nodeB] }],
      WaitForSuccessTimeoutSeconds: 900,
    });
    const commands = JSON.stringify(standby?.[1].Properties?.['Parameters']);
    expect(commands).toContain('1.2.3 agent/102030000000');
    expect(template.findOutputs('InstallAgent')).toEqual({});
  });

  it('user-data: appended to that of the instance, which boots once there is something to fetch', () => {
    const template = templateOf((stack) => {
      const host = own(stack);
      host.userData.addCommands('echo mine');
      new KeepaloftArbiter(stack, 'Ha').addGroup('mysql', {
        vips: [Vip.secondaryIp('10.0.0.201')],
        members: [Member.fromInstance(host)],
      });
    });
    const [[, host] = ['', undefined]] = ofType(template, 'AWS::EC2::Instance');
    const script = JSON.stringify(host?.Properties?.['UserData']);
    expect(script).toMatch(/#!\/bin\/bash\\necho mine\\n# The agent of Keepaloft/);
    expect(host?.DependsOn).toContainEqual(expect.stringMatching(/^HaAgentChannelCustomResource/));
  });

  it('an instance in two groups gets the agent once', () => {
    const template = templateOf((stack) => {
      const arbiter = new KeepaloftArbiter(stack, 'Ha');
      const members = [Member.fromInstanceId(nodeA, { install: Install.ssm() })];
      arbiter.addGroup('mysql', { vips: [Vip.secondaryIp('172.31.0.201')], members });
      arbiter.addGroup('redis', { vips: [Vip.secondaryIp('172.31.0.202')], members });
    });
    template.resourceCountIs('AWS::SSM::Association', 1);
  });

  it('selected members are found by Systems Manager as they are by the arbiter, and taken one after the other', () => {
    const template = templateOf((stack) => {
      new KeepaloftArbiter(stack, 'Ha').addGroup('mysql', {
        vips: [
          Vip.secondaryIp('172.31.0.201', Subnet.fromSubnetId(stack, 'Subnet', 'subnet-0a000000000000001')),
        ],
        members: [
          Member.fromTag({ role: 'db', stage: 'live' }, { install: Install.ssm() }),
          Member.fromAutoScalingGroupName('databases', { install: Install.ssm() }),
        ],
      });
    });
    const one = { MaxConcurrency: '1', MaxErrors: '0' };
    expect(ofType(template, 'AWS::SSM::Association').map(([, { Properties }]) => Properties)).toMatchObject([
      {
        ...one,
        Targets: [
          { Key: 'tag:role', Values: ['db'] },
          { Key: 'tag:stage', Values: ['live'] },
        ],
      },
      { ...one, Targets: [{ Key: 'tag:aws:autoscaling:groupName', Values: ['databases'] }] },
    ]);
  });

  it('the lines are there for launch templates of other apps', () => {
    const template = templateOf((stack) => {
      const { installCommands } = new KeepaloftArbiter(stack, 'Ha');
      expect(installCommands.join('\n')).toContain('# The agent of Keepaloft');
    });
    template.resourceCountIs('AWS::S3::Bucket', 1);
  });

  it('user-data is refused where it would never run, with what to use instead', () => {
    const refused = (): Member => Member.fromInstanceId(nodeA, { install: Install.userData() });
    expect(refused).toThrow(DeploymentError);
    expect(refused).toThrow('use Install.ssm() or Install.manual()');
  });

  it("another stack's instance is left to hands, and its user-data is refused", () => {
    inApp((app) => {
      const host = own(new Stack(app, 'Hosts'));
      const group = (member: Member, id: string): unknown =>
        new KeepaloftArbiter(new Stack(app, id), 'Ha').addGroup('mysql', {
          vips: [Vip.secondaryIp('10.0.0.201')],
          members: [member],
        });
      expect(() => group(Member.fromInstance(host), 'One')).not.toThrow();
      const member = Member.fromInstance(host, { install: Install.userData() });
      expect(() => group(member, 'Two')).toThrow('use Install.ssm() or Install.manual()');
    });
  });

  it('an agent that has not been packed is told with the command that packs it', () => {
    const app = new App({ analyticsReporting: false, autoSynth: false });
    const arbiter = new KeepaloftArbiter(new Stack(app, 'Stack'), 'Ha', { agentArtefacts: '/nonexistent' });
    const vips = [Vip.secondaryIp('172.31.0.201')];
    expect(() => arbiter.addGroup('mysql', { vips, members: [Member.fromInstanceId(nodeA)] })).toThrow(
      '/nonexistent holds no packed agent: run `npm run artefact`',
    );
  });
});
