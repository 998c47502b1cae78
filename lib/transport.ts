import { Stack } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnStage,
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  IpAddressType,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IVpc } from 'aws-cdk-lib/aws-ec2';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { bindPrivateRest, type PrivateRestTransportProps } from './private-rest.ts';
import { allowRoutes } from './rights.ts';
import {
  ADMIN_PATH,
  ENROL_PATH,
  HEARTBEAT_PATH,
  MEMBER_PATHS,
  type RouteThrottle,
  THROTTLES,
  type ThrottleProps,
  type TransportConfig,
  type TransportOptions,
  throttlesOf,
} from './routes.ts';

export interface HttpApiTransportProps extends ThrottleProps {
  /**
   * One line per request: who, when, which status. About 0.7 GB a month for each host at one heartbeat a second.
   *
   * @default true
   */
  readonly accessLogs?: boolean;
}

/** The way from hosts and operators to the arbiter. */
export abstract class Transport {
  /** A regional HTTP API over IPv4 and IPv6, every route with IAM authorization. Hosts need a way to it: NAT, a proxy or IPv6. */
  static httpApi(props: HttpApiTransportProps = {}): Transport {
    return new HttpApiTransport(props);
  }

  /**
   * A private REST API, reached through an interface endpoint of a VPC and from nowhere else: hosts need no way out at all.
   * The endpoint is made, or given; its name is that of this API alone, so that it takes nothing else of the VPC over.
   * About 7 dollars a month for each zone of the endpoint, and 3.50 instead of 1.00 for a million requests.
   */
  static privateRest(vpc: IVpc, props: PrivateRestTransportProps = {}): Transport {
    return new PrivateRestTransport(vpc, props);
  }

  /** Builds it. Called once, by the arbiter. */
  abstract bind(scope: Construct, options: TransportOptions): TransportConfig;
}

const DEFAULT_STAGE = '$default';
/** Short names: these lines are most of what is logged. No body, no header and no signature is among them. */
const ACCESS_LINE = JSON.stringify({
  id: '$context.requestId',
  t: '$context.requestTimeEpoch',
  ip: '$context.identity.sourceIp',
  who: '$context.identity.userArn',
  route: '$context.routeKey',
  status: '$context.status',
  ms: '$context.responseLatency',
  error: '$context.error.message',
});

class HttpApiTransport extends Transport {
  readonly #props: HttpApiTransportProps;

  constructor(props: HttpApiTransportProps) {
    super();
    this.#props = props;
  }

  override bind(
    scope: Construct,
    { heartbeat, admin, enroll, logRetention }: TransportOptions,
  ): TransportConfig {
    const authorizer = new HttpIamAuthorizer();
    const api = new HttpApi(scope, 'Api', {
      apiName: Stack.of(scope).stackName,
      description: 'Keepaloft: heartbeats of hosts and orders of operators',
      createDefaultStage: false,
      defaultAuthorizer: authorizer,
      ipAddressType: IpAddressType.DUAL_STACK,
    });
    const route = (id: string, path: string, handler: IFunction): HttpRoute =>
      new HttpRoute(scope, `${id}Route`, {
        httpApi: api,
        routeKey: HttpRouteKey.with(path, HttpMethod.POST),
        integration: new HttpLambdaIntegration(`${id}Integration`, handler),
        authorizer,
      });
    const heartbeats = route('Heartbeat', HEARTBEAT_PATH, heartbeat);
    const orders = route('Admin', ADMIN_PATH, admin);
    const enrolments = route('Enroll', ENROL_PATH, enroll);
    const stage = this.#stage(scope, api, logRetention);
    // The settings name the routes, which therefore must exist.
    stage.node.addDependency(heartbeats, orders, enrolments);
    const called = { apiId: api.apiId, stage: DEFAULT_STAGE };
    return {
      endpoint: api.apiEndpoint,
      apiId: api.apiId,
      parts: [api, heartbeats, orders, enrolments, stage],
      grantHeartbeat: (grantee) => allowRoutes(scope, called, MEMBER_PATHS, grantee),
      grantOperate: (grantee) => allowRoutes(scope, called, [ADMIN_PATH], grantee),
    };
  }

  #stage(scope: Construct, httpApi: HttpApi, retention: RetentionDays): HttpStage {
    const { accessLogs = true } = this.#props;
    const logging = (): object => ({
      accessLogSettings: {
        destination: new LogGroupLogDestination(new LogGroup(scope, 'AccessLogs', { retention })),
        format: AccessLogFormat.custom(ACCESS_LINE),
      },
    });
    const stage = new HttpStage(scope, 'Stage', {
      httpApi,
      stageName: DEFAULT_STAGE,
      autoDeploy: true,
      throttle: THROTTLES[ADMIN_PATH],
      ...(accessLogs ? logging() : {}),
    });
    const settings = ({ rateLimit, burstLimit }: RouteThrottle) => ({
      ThrottlingRateLimit: rateLimit,
      ThrottlingBurstLimit: burstLimit,
    });
    // As plain JSON: the typed property would write its keys in lower case, which CloudFormation ignores in this map.
    const resource = stage.node.defaultChild;
    if (resource instanceof CfnStage) {
      const routes = [...throttlesOf(this.#props)].map(([path, throttle]) => [
        `POST ${path}`,
        settings(throttle),
      ]);
      resource.addPropertyOverride('RouteSettings', Object.fromEntries(routes));
    }
    return stage;
  }
}

class PrivateRestTransport extends Transport {
  readonly #vpc: IVpc;
  readonly #props: PrivateRestTransportProps;

  constructor(vpc: IVpc, props: PrivateRestTransportProps) {
    super();
    this.#vpc = vpc;
    this.#props = props;
  }

  override bind(scope: Construct, options: TransportOptions): TransportConfig {
    return bindPrivateRest(scope, this.#vpc, this.#props, options);
  }
}
