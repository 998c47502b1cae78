import { Aws, Stack, Validations } from 'aws-cdk-lib';
import {
  AuthorizationType,
  EndpointType,
  LambdaIntegration,
  type MethodDeploymentOptions,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import {
  type IInterfaceVpcEndpoint,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import {
  AnyPrincipal,
  Effect,
  type Grant,
  type IGrantable,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { allowRoutes } from './rights.ts';
import {
  ADMIN_PATH,
  ENROL_PATH,
  HEARTBEAT_PATH,
  MEMBER_PATHS,
  THROTTLES,
  type ThrottleProps,
  type TransportConfig,
  type TransportOptions,
  throttlesOf,
} from './routes.ts';

/** A REST API has no stage without a name; it stands in every path. */
const STAGE = 'keepaloft';

export interface PrivateRestTransportProps extends ThrottleProps {
  /**
   * An interface endpoint for `execute-api` that the VPC has already.
   *
   * @default - one is made, without private DNS: other APIs are reached as before
   */
  readonly vpcEndpoint?: IInterfaceVpcEndpoint;

  /**
   * Where an endpoint that is made has its interfaces. One zone is cheaper, two survive one.
   *
   * @default - one private subnet in each zone
   */
  readonly subnets?: SubnetSelection;
}

const endpointIn = (
  scope: Construct,
  vpc: IVpc,
  { vpcEndpoint, subnets }: PrivateRestTransportProps,
): IInterfaceVpcEndpoint => {
  if (vpcEndpoint !== undefined) return vpcEndpoint;
  const made = new InterfaceVpcEndpoint(scope, 'Endpoint', {
    vpc,
    service: InterfaceVpcEndpointAwsService.APIGATEWAY,
    // With it, the name of every API of the region would lead to this endpoint, and the public ones could not be reached.
    privateDnsEnabled: false,
    ...(subnets === undefined ? {} : { subnets }),
  });
  Validations.of(made).acknowledge({
    id: 'AwsSolutions-EC23',
    reason:
      "Port 443 is open to the VPC's own block and to nothing else; the rule cannot read a block that the stack makes.",
  });
  return made;
};

/** Whoever comes another way is refused whatever he may do; who may come this way is said when it is granted. */
const onlyThrough = (vpcEndpointId: string): PolicyDocument =>
  new PolicyDocument({
    statements: [
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['execute-api:Invoke'],
        resources: ['execute-api:/*'],
        conditions: { StringNotEquals: { 'aws:SourceVpce': vpcEndpointId } },
      }),
    ],
  });

const ACKNOWLEDGED: Readonly<Record<string, string>> = {
  'AwsSolutions-APIG1':
    'Access logs of a REST API need a role of the whole account, which a stack must not change. The functions log refusals.',
  'AwsSolutions-APIG2':
    'Every request is parsed by a schema in the function, which names the place of an error.',
  'AwsSolutions-APIG3':
    'A private API is reached from one VPC endpoint only, by signed requests of named roles.',
  'AwsSolutions-APIG6': 'Execution logs would hold whole requests, and need a role of the whole account.',
  'AwsSolutions-COG4': 'Callers are roles of instances and operators, authorised by IAM.',
};

/** Methods, paths and the way there. */
const apiOf = (
  scope: Construct,
  vpcEndpoint: IInterfaceVpcEndpoint,
  policy: PolicyDocument,
  props: PrivateRestTransportProps,
): RestApi => {
  const methodOptions = Object.fromEntries(
    [...throttlesOf(props)].map(([path, { rateLimit, burstLimit }]): [string, MethodDeploymentOptions] => [
      `${path}/POST`,
      { throttlingRateLimit: rateLimit, throttlingBurstLimit: burstLimit },
    ]),
  );
  const { rateLimit, burstLimit } = THROTTLES[ADMIN_PATH];
  const api = new RestApi(scope, 'Api', {
    restApiName: Stack.of(scope).stackName,
    description: 'Keepaloft: heartbeats of hosts and orders of operators',
    endpointConfiguration: { types: [EndpointType.PRIVATE], vpcEndpoints: [vpcEndpoint] },
    policy,
    cloudWatchRole: false,
    defaultMethodOptions: { authorizationType: AuthorizationType.IAM },
    deployOptions: {
      stageName: STAGE,
      throttlingRateLimit: rateLimit,
      throttlingBurstLimit: burstLimit,
      methodOptions,
    },
  });
  for (const [id, reason] of Object.entries(ACKNOWLEDGED)) Validations.of(api).acknowledge({ id, reason });
  return api;
};

/** A private REST API behind an interface endpoint, with the same three routes as the HTTP API. */
export const bindPrivateRest = (
  scope: Construct,
  vpc: IVpc,
  props: PrivateRestTransportProps,
  { heartbeat, admin, enroll }: TransportOptions,
): TransportConfig => {
  const vpcEndpoint = endpointIn(scope, vpc, props);
  const { vpcEndpointId } = vpcEndpoint;
  const policy = onlyThrough(vpcEndpointId);
  const api = apiOf(scope, vpcEndpoint, policy, props);
  const handlers = { [HEARTBEAT_PATH]: heartbeat, [ADMIN_PATH]: admin, [ENROL_PATH]: enroll };
  for (const [path, handler] of Object.entries(handlers)) {
    api.root
      .resourceForPath(path)
      .addMethod('POST', new LambdaIntegration(handler, { allowTestInvoke: false }));
  }
  const { restApiId: apiId } = api;
  /** By IAM, as everywhere; and by name in the API's own policy, without which a private API lets nobody in. */
  const grant = (grantee: IGrantable, paths: readonly string[]): Grant => {
    policy.addStatements(
      new PolicyStatement({
        principals: [grantee.grantPrincipal],
        actions: ['execute-api:Invoke'],
        resources: paths.map((path) => `execute-api:/${STAGE}/POST${path}`),
        conditions: { StringEquals: { 'aws:SourceVpce': vpcEndpointId } },
      }),
    );
    return allowRoutes(scope, { apiId, stage: STAGE }, paths, grantee);
  };
  return {
    endpoint: `https://${apiId}-${vpcEndpointId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}/${STAGE}`,
    apiId,
    parts: [vpcEndpoint, api],
    grantHeartbeat: (grantee) => grant(grantee, MEMBER_PATHS),
    grantOperate: (grantee) => grant(grantee, [ADMIN_PATH]),
  };
};
