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
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { allowRoutes } from './rights.ts';

export const HEARTBEAT_PATH = '/v1/heartbeat';
export const ADMIN_PATH = '/v1/admin';
export const ENROL_PATH = '/v1/enroll';
/** What a member may call. */
export const MEMBER_PATHS = [HEARTBEAT_PATH, ENROL_PATH];

/** Requests per second of one route, and how many may come at once. */
export interface RouteThrottle {
  /** Requests per second in the long run. */
  readonly rateLimit: number;
  /** Requests at once. */
  readonly burstLimit: number;
}

export interface HttpApiTransportProps {
  /**
   * Of `POST /v1/heartbeat`. A host sends one request a heartbeat, and up to 30 a second for moments while its holder
   * wavers. A throttled heartbeat moves nothing, but delays a failover: raise it beyond 100 hosts. It also keeps a
   * host that runs wild from using up the account's concurrency, which moves need too.
   *
   * @default 200 per second, 400 at once
   */
  readonly heartbeatThrottle?: RouteThrottle;

  /**
   * Of `POST /v1/admin`.
   *
   * @default 5 per second, 20 at once
   */
  readonly adminThrottle?: RouteThrottle;

  /**
   * Of `POST /v1/enroll`. Each host asks when it starts, when its configuration has changed, and every ten minutes.
   *
   * @default 20 per second, 40 at once
   */
  readonly enrollThrottle?: RouteThrottle;

  /**
   * One line per request: who, when, which status. About 0.7 GB a month for each host at one heartbeat a second.
   *
   * @default true
   */
  readonly accessLogs?: boolean;
}

/** What a transport carries. */
export interface TransportOptions {
  readonly heartbeat: IFunction;
  readonly admin: IFunction;
  readonly enroll: IFunction;
  readonly logRetention: RetentionDays;
}

/** How agents and operators reach the arbiter, once it is built. */
export interface TransportConfig {
  /** Without a path, for example https://abc123.execute-api.us-east-1.amazonaws.com */
  readonly endpoint: string;
  readonly apiId: string;
  /** Everything a heartbeat needs on its way: removed last. */
  readonly parts: Construct[];
  grantHeartbeat(grantee: IGrantable): Grant;
  grantOperate(grantee: IGrantable): Grant;
}

/** The way from hosts and operators to the arbiter. A private REST API is not built yet; it will be another one here. */
export abstract class Transport {
  /** A regional HTTP API over IPv4 and IPv6, every route with IAM authorization. Hosts need a way to it: NAT, a proxy or IPv6. */
  static httpApi(props: HttpApiTransportProps = {}): Transport {
    return new HttpApiTransport(props);
  }

  /** Builds it. Called once, by the arbiter. */
  abstract bind(scope: Construct, options: TransportOptions): TransportConfig;
}

const DEFAULT_STAGE = '$default';
const HEARTBEAT_THROTTLE: RouteThrottle = { rateLimit: 200, burstLimit: 400 };
const ENROL_THROTTLE: RouteThrottle = { rateLimit: 20, burstLimit: 40 };
const ADMIN_THROTTLE: RouteThrottle = { rateLimit: 5, burstLimit: 20 };

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
    const { accessLogs = true, heartbeatThrottle, adminThrottle, enrollThrottle } = this.#props;
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
      throttle: ADMIN_THROTTLE,
      ...(accessLogs ? logging() : {}),
    });
    const settings = ({ rateLimit, burstLimit }: RouteThrottle) => ({
      ThrottlingRateLimit: rateLimit,
      ThrottlingBurstLimit: burstLimit,
    });
    // As plain JSON: the typed property would write its keys in lower case, which CloudFormation ignores in this map.
    const resource = stage.node.defaultChild;
    if (resource instanceof CfnStage) {
      resource.addPropertyOverride('RouteSettings', {
        [`POST ${HEARTBEAT_PATH}`]: settings(heartbeatThrottle ?? HEARTBEAT_THROTTLE),
        [`POST ${ADMIN_PATH}`]: settings(adminThrottle ?? ADMIN_THROTTLE),
        [`POST ${ENROL_PATH}`]: settings(enrollThrottle ?? ENROL_THROTTLE),
      });
    }
    return stage;
  }
}
