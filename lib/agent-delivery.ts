import { CfnOutput, CfnResource, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { Grant, type IRole } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, Source } from 'aws-cdk-lib/aws-s3-deployment';
import { CfnAssociation } from 'aws-cdk-lib/aws-ssm';
import { Construct, type IConstruct } from 'constructs';
import { type AgentArtefacts, CHANNEL } from './agent-artefacts.ts';
import { FETCH_PROGRAM, fetchLines, manualLine } from './fetch-script.ts';
import { roleFor } from './function.ts';
import type { Member } from './member.ts';

/** The fetcher tries for five minutes, and a new version has half a minute to be answered. */
const INSTALL_S_MAX = 900;
/** Older versions of an object can be brought back for this long. */
const OLD_VERSIONS = Duration.days(90);

export interface AgentDeliveryProps {
  readonly artefacts: AgentArtefacts;
  /** Of the arbiter. */
  readonly endpoint: string;
  readonly logRetention: RetentionDays;
}

/**
 * Brings the agent to the hosts: a bucket with the artefacts and with `agent/channel.json`, which says which of them is
 * the present one. What hosts run to fetch it never changes; what it fetches is said there.
 */
export class AgentDelivery extends Construct {
  readonly bucket: Bucket;
  readonly #channel: BucketDeployment;
  readonly #artefacts: AgentArtefacts;
  readonly #installed = new Set<string>();
  readonly #readers = new Set<IRole>();
  #lastAssociation: CfnAssociation | undefined;

  constructor(scope: Construct, id: string, { artefacts, endpoint, logRetention }: AgentDeliveryProps) {
    super(scope, id);
    this.#artefacts = artefacts;
    this.bucket = this.#makeBucket();
    const logGroup = new LogGroup(this, 'PublishLogs', { retention: logRetention });
    const role = roleFor(this, 'PublishRole', logGroup);
    // prune: what older agents and a rollback need stays.
    // This project's compiler tells an absent property from an undefined one; the CDK's own types do not.
    const destinationBucket = this.bucket as IBucket;
    const shared = { destinationBucket, prune: false, outputObjectKeys: false, role, logGroup };
    const packed = new BucketDeployment(this, 'Artefacts', {
      ...shared,
      sources: [Source.asset(artefacts.folder, { exclude: [CHANNEL, '.sources'] })],
      destinationKeyPrefix: artefacts.prefix,
    });
    const { region } = Stack.of(this);
    this.#channel = new BucketDeployment(this, 'Channel', {
      ...shared,
      sources: [
        Source.jsonData(CHANNEL, {
          ...artefacts.channel,
          arguments: ['--endpoint', endpoint, '--region', region],
        }),
        Source.data('fetch.py', FETCH_PROGRAM),
      ],
      destinationKeyPrefix: 'agent',
    });
    // Only once what it names is there.
    this.#channel.node.addDependency(packed);
    this.#acknowledge(role);
  }

  /** What a host runs to get the agent, as root. Constant for ever. */
  get commands(): string[] {
    return fetchLines(this.bucket.bucketName, Stack.of(this).region);
  }

  /** Lets a host's role read the agent, and nothing else of the bucket. */
  grantRead(role: IRole): void {
    if (this.#readers.has(role)) return;
    this.#readers.add(role);
    const resourceArns = [this.bucket.arnForObjects('agent/*')];
    Grant.addToPrincipal({ grantee: role, actions: ['s3:GetObject'], resourceArns });
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::<${logicalIdOf(this.bucket)}.Arn>/agent/*]`,
      reason:
        'Every version of the agent, and nothing else of the bucket: which one is said by channel.json.',
    });
  }

  /** Puts the agent on a member in the member's way; once, however many groups it is in. */
  install(member: Member): void {
    const name = JSON.stringify(Stack.of(this).resolve(member.target));
    if (this.#installed.has(name)) return;
    this.#installed.add(name);
    const { way } = member.installIn(Stack.of(this));
    if (way === 'userData') this.#byUserData(member);
    if (way === 'ssm') this.#bySsm(member);
    if (way === 'manual') this.#byHand();
  }

  #byUserData({ userData, made }: Member): void {
    userData?.addCommands(...this.commands);
    // The first boot finds something to fetch. An order of creation is no change of an instance.
    made?.node.defaultChild?.node.addDependency(this.#channel);
  }

  #bySsm({ target }: Member): void {
    const { channel, prefix } = this.#artefacts;
    const association = new CfnAssociation(this, `Install${this.#installed.size}`, {
      name: 'AWS-RunShellScript',
      targets: target.map(({ key, value }) => ({ key, values: [value] })),
      parameters: {
        commands: [
          `# Another build is another association, which is run: ${channel.version} ${prefix}`,
          ...this.commands,
        ],
        executionTimeout: [String(INSTALL_S_MAX)],
      },
      // Of instances that are selected: one host after the other, and none after one that failed.
      ...(target.some(({ key }) => key !== 'InstanceIds') ? { maxConcurrency: '1', maxErrors: '0' } : {}),
      waitForSuccessTimeoutSeconds: INSTALL_S_MAX,
    });
    association.node.addDependency(this.#channel);
    // One host after the other: a version that does not work stops the deployment at the first.
    if (this.#lastAssociation !== undefined) association.addResourceDependency(this.#lastAssociation);
    this.#lastAssociation = association;
  }

  #byHand(): void {
    if (this.node.tryFindChild('InstallAgent') !== undefined) return;
    const output = new CfnOutput(this, 'InstallAgent', {
      value: manualLine(this.bucket.bucketName, Stack.of(this).region),
      description: 'Installs the agent on HOST, or upgrades it',
    });
    output.overrideLogicalId('InstallAgent');
  }

  #makeBucket(): Bucket {
    const bucket = new Bucket(this, 'Bucket', {
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      lifecycleRules: [{ noncurrentVersionExpiration: OLD_VERSIONS }],
      // Hosts may still come for it, and a bucket with objects is not removed anyway.
      removalPolicy: RemovalPolicy.RETAIN,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'It holds one public program. Who reads it is in CloudTrail if anybody wants to know.',
    });
    return bucket;
  }

  /** What the CDK's own deployment of objects brings with it. */
  #acknowledge(role: IRole): void {
    const staging = 'arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*';
    const rights = [
      ...['s3:GetBucket*', 's3:GetObject*', 's3:List*', 's3:DeleteObject*', 's3:Abort*'].map(
        (action) => `Action::${action}`,
      ),
      `Resource::<${logicalIdOf(this.bucket)}.Arn>/*`,
      `Resource::${staging}`,
    ];
    for (const right of rights) {
      Validations.of(role).acknowledge({
        id: `AwsSolutions-IAM5[${right}]`,
        reason: "The CDK's own grants: reading its assets, writing the objects of this one bucket.",
      });
    }
    const publisher = Stack.of(this).node.children.find(({ node }) =>
      node.id.startsWith('Custom::CDKBucketDeployment'),
    );
    if (publisher === undefined) return;
    Validations.of(publisher).acknowledge({
      id: 'AwsSolutions-L1',
      reason: 'The runtime of this function is chosen by the CDK and rises with it.',
    });
  }
}

const logicalIdOf = (construct: IConstruct): string => {
  const resource = construct.node.defaultChild;
  return CfnResource.isCfnResource(resource) ? Stack.of(construct).getLogicalId(resource) : '';
};
