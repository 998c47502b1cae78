/** What `Ref` and `Fn::GetAtt` of a resource give: the physical names that a lab's account would have given. */
import { basename } from 'node:path';
import { API_ID } from '../ends/api/event.ts';
import { LAB_ACCOUNT_ID, LAB_REGION } from '../ends/credentials.ts';
import type { Resource, Template } from './template.ts';

export interface Named {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What names depend on beside the template. */
export interface NameValues {
  /** Without a path: where hosts reach the API. */
  readonly apiEndpoint: string;
}

export const arnOf = (service: string, resource: string): string =>
  `arn:aws:${service}:${LAB_REGION}:${LAB_ACCOUNT_ID}:${resource}`;

/** Where the code of a function lies, relative to the project; absent when the template does not say. */
export const codePathOf = ({ Metadata }: Resource): string | undefined => {
  const path = Metadata['aws:asset:path'];
  return typeof path === 'string' ? path : undefined;
};

const PREFIX = 'keepaloft';
const named = (ref: string, Arn: string): Named => ({ ref, attributes: { Arn } });
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Short and telling while nothing else has the name: it stands in every line of the journal. */
const functionName = (id: string, resource: Resource, template: Template): string => {
  const own = text(resource.Properties['FunctionName']);
  if (own !== undefined) return own;
  const path = codePathOf(resource);
  const isOnly =
    Object.values(template.resources).filter(
      (other) => other.Type === resource.Type && codePathOf(other) === path,
    ).length === 1;
  return path !== undefined && isOnly ? `${PREFIX}-${basename(path)}` : `${PREFIX}-${id}`;
};

type Naming = (id: string, resource: Resource, template: Template, values: NameValues) => Named;

/** Of a resource whose name stands in its properties, or is its logical id. */
const by =
  (property: string, service: string, kind: string): Naming =>
  (id, { Properties }) => {
    const name = text(Properties[property]) ?? id;
    return named(name, arnOf(service, `${kind}${name}`));
  };

const NAMINGS: Readonly<Record<string, Naming>> = {
  'AWS::Lambda::Function': (id, resource, template) => {
    const name = functionName(id, resource, template);
    return named(name, arnOf('lambda', `function:${name}`));
  },
  'AWS::DynamoDB::Table': (id, { Properties }, { resources }) => {
    const tables = Object.values(resources).filter(({ Type }) => Type === 'AWS::DynamoDB::Table');
    const name = text(Properties['TableName']) ?? (tables.length === 1 ? PREFIX : `${PREFIX}-${id}`);
    return named(name, arnOf('dynamodb', `table/${name}`));
  },
  'AWS::ApiGatewayV2::Api': (_id, _resource, _template, { apiEndpoint }) => ({
    ref: API_ID,
    attributes: { ApiEndpoint: apiEndpoint, ApiId: API_ID },
  }),
  'AWS::ApiGatewayV2::Integration': (id) => ({ ref: id, attributes: { IntegrationId: id } }),
  'AWS::ApiGatewayV2::Stage': (_id, { Properties }) => ({
    ref: text(Properties['StageName']) ?? '$default',
    attributes: {},
  }),
  'AWS::IAM::Role': (id, { Properties }) => {
    const name = text(Properties['RoleName']) ?? id;
    return named(name, `arn:aws:iam::${LAB_ACCOUNT_ID}:role/${name}`);
  },
  'AWS::SNS::Topic': (id, { Properties }) => {
    const name = text(Properties['TopicName']) ?? id;
    const TopicArn = arnOf('sns', name);
    return { ref: TopicArn, attributes: { TopicArn, TopicName: name } };
  },
  'AWS::SQS::Queue': (id, { Properties }) => {
    const name = text(Properties['QueueName']) ?? id;
    const Arn = arnOf('sqs', name);
    const ref = `https://sqs.${LAB_REGION}.amazonaws.com/${LAB_ACCOUNT_ID}/${name}`;
    return { ref, attributes: { Arn, QueueName: name, QueueUrl: ref } };
  },
  'AWS::S3::Bucket': (id, { Properties }) => {
    const name = text(Properties['BucketName']) ?? id.toLowerCase();
    const DomainName = `${name}.s3.amazonaws.com`;
    return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}`, DomainName } };
  },
  'AWS::SecretsManager::Secret': (id, { Properties }) => {
    const Id = arnOf('secretsmanager', `secret:${text(Properties['Name']) ?? id}`);
    return { ref: Id, attributes: { Id } };
  },
  'AWS::Logs::LogGroup': by('LogGroupName', 'logs', 'log-group:'),
  'AWS::AutoScaling::LifecycleHook': (id, { Properties }) => ({
    ref: text(Properties['LifecycleHookName']) ?? id,
    attributes: {},
  }),
  'AWS::Events::Rule': by('Name', 'events', 'rule/'),
  'AWS::Scheduler::Schedule': by('Name', 'scheduler', 'schedule/default/'),
  'AWS::CloudWatch::Alarm': by('AlarmName', 'cloudwatch', 'alarm:'),
  'AWS::CloudWatch::Dashboard': (id, { Properties }) => ({
    ref: text(Properties['DashboardName']) ?? id,
    attributes: {},
  }),
};

/** Undefined for a type that the lab has no names for. */
export const namesOf = (id: string, template: Template, values: NameValues): Named | undefined => {
  const resource = template.resources[id];
  return resource === undefined ? undefined : NAMINGS[resource.Type]?.(id, resource, template, values);
};
