/**
 * From props to the group's document. There is no second set of rules here: the props are written as keepaloft.yaml
 * would have them, and the schema of that file decides.
 */
import { Duration, Token } from 'aws-cdk-lib';
import type { ISubnet } from 'aws-cdk-lib/aws-ec2';
import { parseDurationMs } from '../core/duration.ts';
import type { AnnounceFile } from '../core/wire/announce.ts';
import { type CheckConfig, type GroupFile, isAlarmCheck, keepaloftFileSchema } from '../core/wire/config.ts';
import { DocumentError, readDocument } from '../core/wire/document.ts';
import { fileOfGroup } from '../core/wire/group-document.ts';
import type { HostRoute as GroupHostRoute, HostRule as GroupHostRule } from '../core/wire/host-routing.ts';
import type { Selector } from '../core/wire/members.ts';
import { groupNameSchema, type Vip as VipFile } from '../core/wire/names.ts';
import { Check, type CheckOptions, inMs } from './check.ts';
import { Drift, Handover, Mode } from './conduct.ts';
import { DeploymentError } from './errors.ts';
import { type FailoverGroupProps, KernelExpiry } from './group-props.ts';
import type { Hooks } from './hooks.ts';
import type { HostRoute, HostRule } from './host-routing.ts';
import { Member } from './member.ts';
import { type AnnounceOptions, readable, Vip } from './vip.ts';

/** The id of an instance that does not exist yet, as the schema wants it: no real one ends like this. */
const placeholderOf = (index: number): string => `i-fffffffff${index.toString(16).padStart(8, '0')}`;

/** Ids by what they are written as; each is itself unless only the deployment will know it. */
const idsOf = (members: readonly Member[]): ReadonlyMap<string, string> => {
  const named = members.flatMap(({ instanceId }) => (instanceId === undefined ? [] : [instanceId]));
  const ids = [...new Set(named)];
  return new Map(ids.map((id, index) => [id, Token.isUnresolved(id) ? placeholderOf(index) : id]));
};

const hooksOf = ({ timeout, ...hooks }: Hooks): Record<string, unknown> => ({
  ...hooks,
  timeout: inMs(timeout),
});

/** None is no word in the document. */
const someOf = <T>(values: readonly T[] | undefined): readonly T[] | undefined =>
  values?.length === 0 ? undefined : values;

const documentOf = (props: FailoverGroupProps, ids: ReadonlyMap<string, string>): unknown => ({
  vips: props.vips.map(readable),
  members: props.members.map(({ instanceId, document }) =>
    instanceId === undefined ? document : { ...document, instance: ids.get(instanceId) },
  ),
  timing: { heartbeat: inMs(props.heartbeat), lease: inMs(props.lease) },
  peerDetection:
    props.peerDetection === undefined
      ? undefined
      : { interval: inMs(props.peerDetection.interval), multiplier: props.peerDetection.multiplier },
  exclusive: props.exclusive,
  kernelExpiry: props.kernelExpiry?.name,
  mode: props.mode?.name,
  adopt: props.adopt,
  drift: props.drift?.name,
  election: {
    preempt: props.preempt,
    preemptDelay: inMs(props.preemptDelay),
    holdDown: inMs(props.holdDown),
  },
  handover: props.handover?.name,
  checks: Object.fromEntries(
    Object.entries(props.checks ?? {}).map(([name, { document }]) => [name, document]),
  ),
  hooks: hooksOf(props.hooks ?? {}),
  hostRoutes: someOf(props.hostRoutes),
  hostRules: someOf(props.hostRules),
});

/** What the schema makes of a group. The document's lines are nobody's: only the path of what is wrong is told. */
const parsedOf = (name: string, document: unknown): GroupFile => {
  const named = groupNameSchema.safeParse(name);
  if (!named.success) throw new DeploymentError(`group ${name}: ${named.error.issues[0]?.message ?? ''}`);
  try {
    // As text, because JSON has no undefined: what was not given is absent there, and the schema's default holds.
    const text = JSON.stringify({ version: 1, groups: { [name]: document } });
    const group = readDocument(name, text, keepaloftFileSchema).groups[name];
    if (group !== undefined) return group;
    throw new DeploymentError(`group ${name}: the schema has lost it`);
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    const reasons = error.findings.map(({ path, message }) => {
      const place = path.split('.').slice(2).join('.');
      return `group ${name}: ${place === '' ? '' : `${place}: `}${message}`;
    });
    throw new DeploymentError(reasons.join('\n'), { cause: error });
  }
};

/**
 * The file with this one group, every default written out, ids of instances as they were given.
 * @throws DeploymentError with everything that is wrong, each with its path
 */
export const groupFileOf = (name: string, props: FailoverGroupProps): Record<string, unknown> => {
  const ids = idsOf(props.members);
  const group = parsedOf(name, documentOf(props, ids));
  const given = new Map([...ids].map(([id, written]) => [written, id]));
  const members = group.members.map((member) => ({
    ...member,
    instance: given.get(member.instance) ?? member.instance,
  }));
  // In the order of the props, with what only the deployment knows as it was given.
  const vips = group.vips.map((vip, index) => ({ ...vip, ...props.vips[index]?.document }));
  return fileOfGroup(name, { ...group, members, vips });
};

type Optional = keyof Hooks | keyof CheckOptions | keyof HostRoute | keyof HostRule | keyof AnnounceOptions;
const present = <T>(name: Optional, value: T | undefined): Record<string, T> =>
  value === undefined ? {} : { [name]: value };

const checkOf = (check: CheckConfig): Check => {
  if (isAlarmCheck(check)) return Check.alarm(check.alarm, { weight: check.weight });
  const { interval, timeout, fall, rise, weight, reverse, initFail } = check;
  const counting = { fall, rise, weight, initFail, ...present('reverse', reverse) };
  const options = { ...counting, interval: Duration.millis(interval), timeout: Duration.millis(timeout) };
  if ('tcp' in check) return Check.tcp(check.tcp, options);
  if ('process' in check) return Check.process(check.process, options);
  if ('script' in check) return Check.script(check.script, options);
  if ('interface' in check) return Check.networkInterface(check.interface, options);
  if ('ping' in check) return Check.ping(check.ping, { ...options, count: check.count, loss: check.loss });
  if ('file' in check) return Check.file(check.file, options);
  return Check.http(check.http, {
    ...options,
    ...(check.status === undefined ? {} : { status: check.status }),
  });
};

const selectorOf = (selector: Selector): Member =>
  'tag' in selector
    ? Member.fromTag(selector.tag, { priority: selector.priority })
    : Member.fromAutoScalingGroupName(selector.autoScalingGroup, { priority: selector.priority });

const DRIFTS = { repair: Drift.REPAIR, adopt: Drift.ADOPT, alarm: Drift.ALARM } as const;

const lengthOf = (text: string | undefined): Duration | undefined => {
  const ms = text === undefined ? null : parseDurationMs(text);
  return ms === null ? undefined : Duration.millis(ms);
};

const announceOf = (announce: AnnounceFile | undefined): AnnounceOptions | undefined => {
  if (announce === undefined) return undefined;
  const { delay, repeat, refresh, refreshRepeat } = announce;
  return {
    ...present('delay', lengthOf(delay)),
    ...present('repeat', repeat),
    ...present('refresh', lengthOf(refresh)),
    ...present('refreshRepeat', refreshRepeat),
  };
};

const vipOf = (vip: VipFile, subnet: ISubnet | undefined): Vip => {
  switch (vip.fabric) {
    case 'secondary-ip':
      return Vip.secondaryIp(vip.address, subnet);
    case 'ipv6':
      return Vip.ipv6(vip.address, subnet);
    case 'route':
      return Vip.route(vip.address, ...vip.tables);
    case 'elastic-ip': {
      const { address, allocation, private: base } = vip;
      return Vip.elasticIp(allocation, { address, ...(base === undefined ? {} : { private: base }) });
    }
    case 'l2':
      return Vip.l2(vip.address, announceOf(vip.announce));
  }
};

const routeOf = ({ to, via, dev, src, table, metric, onlink }: GroupHostRoute): HostRoute => ({
  to,
  ...present('via', via),
  ...present('dev', dev),
  ...present('src', src),
  ...present('table', table),
  ...present('metric', metric),
  ...present('onlink', onlink),
});
const ruleOf = ({ from, to, table, priority }: GroupHostRule): HostRule => ({
  ...present('from', from),
  ...present('to', to),
  table,
  ...present('priority', priority),
});
const routingOf = ({
  hostRoutes,
  hostRules,
}: GroupFile): Pick<FailoverGroupProps, 'hostRoutes' | 'hostRules'> => ({
  ...(hostRoutes === undefined ? {} : { hostRoutes: hostRoutes.map(routeOf) }),
  ...(hostRules === undefined ? {} : { hostRules: hostRules.map(ruleOf) }),
});

const watchOf = ({ peerDetection }: GroupFile): Pick<FailoverGroupProps, 'peerDetection'> => {
  if (peerDetection === undefined) return {};
  const { interval, multiplier } = peerDetection;
  return { peerDetection: { interval: Duration.millis(interval), multiplier } };
};

/**
 * A group of keepaloft.yaml as props, so that both go one way from here on.
 * @param subnet of its secondary IPs and IPv6 addresses
 */
export const propsOf = (group: GroupFile, subnet?: ISubnet): FailoverGroupProps => {
  const { beforeMaster, beforeRelease, onMaster, onBackup, onFault, onStop, notify, timeout } = group.hooks;
  return {
    vips: group.vips.map((vip) => vipOf(vip, subnet)),
    members: [
      ...group.members.map(({ instance, priority }) => Member.fromInstanceId(instance, { priority })),
      ...(group.select ?? []).map(selectorOf),
    ],
    heartbeat: Duration.millis(group.timing.heartbeat),
    lease: Duration.millis(group.timing.lease),
    ...watchOf(group),
    exclusive: group.exclusive,
    kernelExpiry: group.kernelExpiry === 'nft' ? KernelExpiry.NFT : KernelExpiry.ADDRESS,
    mode: group.mode === 'observe' ? Mode.OBSERVE : Mode.ENFORCE,
    adopt: group.adopt,
    drift: DRIFTS[group.drift],
    preempt: group.election.preempt,
    preemptDelay: Duration.millis(group.election.preemptDelay),
    holdDown: Duration.millis(group.election.holdDown),
    handover: group.handover === 'reset-first' ? Handover.RESET_FIRST : Handover.FABRIC_FIRST,
    checks: Object.fromEntries(Object.entries(group.checks).map(([name, check]) => [name, checkOf(check)])),
    hooks: {
      ...present('beforeMaster', beforeMaster),
      ...present('beforeRelease', beforeRelease),
      ...present('onMaster', onMaster),
      ...present('onBackup', onBackup),
      ...present('onFault', onFault),
      ...present('onStop', onStop),
      ...present('notify', notify),
      timeout: Duration.millis(timeout),
    },
    ...routingOf(group),
  };
};
