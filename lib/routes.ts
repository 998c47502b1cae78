/** What travels between hosts, operators and the arbiter, whichever API carries it. */
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

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

/** Of each route, unless it is set. */
export const THROTTLES = {
  [HEARTBEAT_PATH]: { rateLimit: 200, burstLimit: 400 },
  [ADMIN_PATH]: { rateLimit: 5, burstLimit: 20 },
  [ENROL_PATH]: { rateLimit: 20, burstLimit: 40 },
} as const satisfies Record<string, RouteThrottle>;

/** How many requests the routes take. */
export interface ThrottleProps {
  /**
   * Of `POST /v1/heartbeat`. A host sends one request a heartbeat, and up to 30 a second for moments while its holder
   * wavers; with `peerDetection` a holder that has lost a peer sends 15 a second for five seconds, and where more than 60 such
   * may lose theirs at once (a zone), it must be raised for them. A throttled heartbeat delays a failover: raise it beyond 100 hosts. It also keeps a
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
}

/** The throttle of each route. */
export const throttlesOf = (props: ThrottleProps): ReadonlyMap<string, RouteThrottle> =>
  new Map<string, RouteThrottle>([
    [HEARTBEAT_PATH, props.heartbeatThrottle ?? THROTTLES[HEARTBEAT_PATH]],
    [ADMIN_PATH, props.adminThrottle ?? THROTTLES[ADMIN_PATH]],
    [ENROL_PATH, props.enrollThrottle ?? THROTTLES[ENROL_PATH]],
  ]);
