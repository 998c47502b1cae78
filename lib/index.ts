/** Constructs for the AWS CDK. See docs/deploying.md. */
export { KeepaloftArbiter } from './arbiter.ts';
export type {
  GroupsFromFileOptions,
  IKeepaloftArbiter,
  KeepaloftArbiterAttributes,
  KeepaloftArbiterProps,
  ReservedConcurrency,
} from './arbiter-props.ts';
export {
  type AlarmCheckOptions,
  Check,
  type CheckOptions,
  type FileCheckOptions,
  type HttpCheckOptions,
  type PingCheckOptions,
} from './check.ts';
export { Drift, Handover, Mode } from './conduct.ts';
export type { DashboardOptions } from './dashboard/options.ts';
export { DeploymentError } from './errors.ts';
export { FailoverGroup } from './failover-group.ts';
export { type FailoverGroupProps, KernelExpiry } from './group-props.ts';
export type { Hooks } from './hooks.ts';
export type { HostRoute, HostRule } from './host-routing.ts';
export { Install, type InstallWay } from './install.ts';
export {
  Member,
  type MemberInstanceOptions,
  type MemberOptions,
  type MemberSelectorOptions,
} from './member.ts';
export {
  type DingTalkNotifierProps,
  Notifier,
  type NotifierScope,
  type SlackNotifierProps,
} from './notifier.ts';
export type { PrivateRestTransportProps } from './private-rest.ts';
export type { RouteThrottle, ThrottleProps, TransportConfig, TransportOptions } from './routes.ts';
export { type HttpApiTransportProps, Transport } from './transport.ts';
export { type AnnounceOptions, type ElasticIpOptions, Vip } from './vip.ts';
