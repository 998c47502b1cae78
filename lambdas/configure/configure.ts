/** A deployment's request, carried out. What is thrown here is what CloudFormation shows as the reason. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import { compileGroup } from '../../core/wire/compile.ts';
import type { GroupConfig } from '../../core/wire/item.ts';
import type { FabricKind } from '../../core/wire/names.ts';
import type { Deps } from '../arbiter/deps.ts';
import { BadRequest } from '../errors.ts';
import type { Finding, Roster } from '../fabric/fabric.ts';
import type { Claims } from '../store/claims.ts';
import { enrolments } from './enrol.ts';
import { parseEvent, type Unwanted, type Wanted } from './event.ts';

/** Everything a deployment waits for must have been answered by then; the function's own time-out is a minute. */
const CALLS_MS_MAX = 40_000;

export interface ConfigureDeps extends Pick<Deps, 'store' | 'fabricOf' | 'clock' | 'logger'> {
  readonly ec2: EC2Client;
  readonly claims: Claims;
  /** Waits, milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>;
}

/** What CloudFormation keeps of a resource. `Data` is what the template may read by Fn::GetAtt. */
export interface Answer {
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

const findingsOf = async (config: GroupConfig, signal: AbortSignal, deps: ConfigureDeps) => {
  const onCall = () => undefined;
  const scope = { signal, now: deps.clock, onCall };
  const kinds = Map.groupBy(config.vips, (vip) => vip.fabric);
  const roster: Roster = config.members;
  const found = await Promise.all(
    [...kinds].map(([kind, vips]: [FabricKind, typeof config.vips]) =>
      deps.fabricOf(kind).validate(vips, roster, scope),
    ),
  );
  return found.flat();
};

const sentence = ({ member, message }: Finding): string =>
  `${member === null ? '' : `${member}: `}${message}`;

/** The group with its members as EC2 knows them. @throws BadRequest, NotEnrolledError when it cannot work */
const compiled = async ({ name, group }: Wanted, deps: ConfigureDeps): Promise<GroupConfig> => {
  const signal = AbortSignal.timeout(CALLS_MS_MAX);
  const instances = group.members.map((member) => member.instance);
  const config = compileGroup(name, group, await enrolments(instances, signal, deps));
  const findings = await findingsOf(config, signal, deps);
  if (findings.length === 0) return config;
  throw new BadRequest(`group ${name} cannot be served: ${findings.map(sentence).join('; ')}`);
};

/** In the order of the file, since a template knows its members by their place. */
const attributesOf = ({ group }: Wanted, { members }: GroupConfig): Record<string, string> =>
  Object.fromEntries(
    group.members.flatMap(({ instance }, index) => {
      const entry = members[instance];
      return entry === undefined
        ? []
        : [
            [`Eni${index}`, entry.eni],
            [`Address${index}`, entry.address],
          ];
    }),
  );

const deploy = async (wanted: Wanted, deps: ConfigureDeps): Promise<Answer> => {
  const config = await compiled(wanted, deps);
  const { name, owner } = wanted;
  const vips = config.vips.map((vip) => vip.address);
  await deps.claims.take(vips, { group: name, owner });
  await deps.store.putConfig(config, deps.clock());
  const former = wanted.oldVips.filter((address) => !vips.includes(address));
  await deps.claims.release(former, { group: name, owner });
  deps.logger.info('configured', { group: name, hash: config.hash, members: Object.keys(config.members) });
  return { PhysicalResourceId: name, Data: { Hash: config.hash } };
};

const remove = async (unwanted: Unwanted, deps: ConfigureDeps): Promise<Answer> => {
  const { name, owner, vips, force, physicalId } = unwanted;
  // While one resource replaces another that names the same group, the group is already the new one's.
  if (await deps.claims.isAnothers(vips, { group: name, owner })) {
    deps.logger.info('kept', { group: name, reason: 'another resource has taken the group over' });
    return { PhysicalResourceId: physicalId };
  }
  const removed = await deps.store.removeGroup(name, force);
  if (removed.kind === 'held') {
    throw new BadRequest(
      `group ${name} is held by ${removed.holder ?? 'nobody yet'} (${removed.phase}): removed, its VIPs would stay where they are and never move again. ` +
        `To remove it all the same, deploy it once with forceRemoval (the app: -c forceRemoval=${name}), then remove it`,
    );
  }
  await deps.claims.release(vips, { group: name, owner });
  deps.logger.info('removed', { group: name, force });
  return { PhysicalResourceId: physicalId };
};

/**
 * Creates, updates or removes what an event names. Safe to repeat with the same event.
 * @throws BadRequest, NotEnrolledError, FabricError, and as `Store.putConfig`
 */
export const configure = async (event: unknown, deps: ConfigureDeps): Promise<Answer> => {
  const request = parseEvent(event);
  switch (request.kind) {
    case 'nothing':
      return { PhysicalResourceId: request.physicalId };
    case 'enrol': {
      const config = await compiled(request, deps);
      return {
        PhysicalResourceId: `enrolment/${request.name}`,
        Data: attributesOf(request, config),
      };
    }
    case 'deploy':
      return deploy(request, deps);
    case 'remove':
      return remove(request, deps);
  }
};
