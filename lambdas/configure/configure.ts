/** A deployment's request, carried out. What is thrown here is what CloudFormation shows as the reason. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import { compileGroup } from '../../core/wire/compile.ts';
import type { GroupConfig } from '../../core/wire/item.ts';
import { MEMBERS_MAX } from '../../core/wire/names.ts';
import type { Deps } from '../arbiter/deps.ts';
import { BadRequest, UnknownGroup } from '../errors.ts';
import { admitted, isNamed, withEnrolled } from '../roster/enrolled.ts';
import { enrolments, lookAt, type Sights } from '../roster/instances.ts';
import { type Fits, misfitsOf } from '../roster/misfits.ts';
import type { Claims } from '../store/claims.ts';
import type { Documents, Enrolled } from '../store/documents.ts';
import { parseEvent, type Unwanted, type Wanted } from './event.ts';

/** Everything a deployment waits for must have been answered by then; the function's own time-out is a minute. */
const CALLS_MS_MAX = 40_000;

export interface ConfigureDeps extends Pick<Deps, 'store' | 'clock' | 'logger'>, Fits {
  readonly ec2: EC2Client;
  readonly claims: Claims;
  readonly documents: Documents;
  /** Waits, milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>;
}

/** What CloudFormation keeps of a resource. `Data` is what the template may read by Fn::GetAtt. */
export interface Answer {
  readonly PhysicalResourceId: string;
  readonly Data?: Readonly<Record<string, string>>;
}

/** Undefined: there is no such group yet. */
const currentHash = async (name: string, { store }: ConfigureDeps): Promise<string | undefined> => {
  try {
    return (await store.load(name)).configHash;
  } catch (thrown) {
    if (thrown instanceof UnknownGroup) return undefined;
    throw thrown;
  }
};

/** Who is in the group by a selector: with what is known of each, and those that EC2 shows now. */
interface Still {
  readonly enrolled: Enrolled;
  readonly known: GroupConfig['members'];
  readonly sights: Sights;
}

/**
 * Who was let in before and still may be. Others join when they ask for their configuration.
 * @throws as `Store.load` and `lookAt`
 */
const stillEnrolled = async (
  { name, group }: Wanted,
  signal: AbortSignal,
  deps: ConfigureDeps,
): Promise<Still> => {
  const hash = group.select === undefined ? undefined : await currentHash(name, deps);
  const before = hash === undefined ? undefined : await deps.documents.load(name, hash);
  if (hash === undefined || before === undefined) return { enrolled: {}, known: {}, sights: {} };
  const [sights, { members }] = await Promise.all([
    lookAt(Object.keys(before.enrolled), signal, deps.ec2),
    deps.store.loadConfig(name, hash),
  ]);
  const enrolled = admitted(group, before.enrolled, sights, () => false);
  return { enrolled, known: members, sights };
};

interface Compiled {
  readonly config: GroupConfig;
  readonly enrolled: Enrolled;
}

/** The group with its members as EC2 knows them. @throws BadRequest, NotEnrolledError when it cannot work */
const compiled = async (wanted: Wanted, deps: ConfigureDeps): Promise<Compiled> => {
  const { name, group } = wanted;
  const signal = AbortSignal.timeout(CALLS_MS_MAX);
  const { enrolled, known, sights } = await stillEnrolled(wanted, signal, deps);
  const full = withEnrolled(group, enrolled);
  if (full.members.length > MEMBERS_MAX) {
    throw new BadRequest(
      `group ${name} would have ${full.members.length} members, of whom ${Object.keys(enrolled).join(', ')} came by themselves: at most ${MEMBERS_MAX}`,
    );
  }
  const named = group.members.map((member) => member.instance);
  const config = compileGroup(name, full, { ...known, ...(await enrolments(named, signal, deps)) });
  const shown = Object.entries(config.members).filter(
    ([node]) => isNamed(group, node) || sights[node] !== undefined,
  );
  const misfits = await misfitsOf(config.vips, Object.fromEntries(shown), signal, deps, (hint) =>
    deps.logger.warn('fabric-hint', { group: name, address: hint.address, hint: hint.message }),
  );
  if (misfits === undefined) return { config, enrolled };
  throw new BadRequest(`group ${name} cannot be served: ${misfits}`);
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
  const { config, enrolled } = await compiled(wanted, deps);
  const { name, owner, group } = wanted;
  const vips = config.vips.map((vip) => vip.address);
  await deps.claims.take(vips, { group: name, owner });
  await deps.documents.put(name, config.hash, { declared: group, enrolled });
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
      const { config } = await compiled(request, deps);
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
