/** From what is said, what EC2 knows and what is answered to a plan. */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { InstanceFacts } from '../cloud/facts.ts';
import { findInstances } from '../cloud/look.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import type { Asker } from './ask.ts';
import { addressBeside, instancesTagged } from './discover.ts';
import type { Plan, PlannedMember } from './document.ts';
import { checkIn, memberIn, tagIn, wordsIn } from './words.ts';

export interface Said {
  readonly group?: string | undefined;
  readonly vip?: readonly string[] | undefined;
  readonly member?: readonly string[] | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly check?: readonly string[] | undefined;
  readonly exclusive?: boolean | undefined;
}

/** EC2, when there is something to ask it with; without it nothing is looked up. */
export type Lookup = <T>(ask: (client: EC2Client) => Promise<T>) => Promise<T | undefined>;

const missing = (what: string, remedy: string): CliError =>
  new CliError('not-said', `it is not said ${what}, and nobody is there to be asked`, {
    remedy,
    exitCode: EXIT.usage,
  });

const named = (members: readonly PlannedMember[], found: readonly InstanceFacts[]): PlannedMember[] =>
  members.map((member) => ({ ...member, name: found.find(({ id }) => id === member.instance)?.name }));

const showFound = (found: readonly InstanceFacts[], asker: Asker): void => {
  for (const { id, name = '', type, state } of found) asker.tell(`  ${id}  ${type}  ${state}  ${name}`);
};

const membersOf = async (said: Said, lookup: Lookup, asker: Asker | undefined): Promise<PlannedMember[]> => {
  const tags = (said.tag ?? []).map(tagIn);
  const tagged = tags.length === 0 ? [] : ((await lookup((client) => instancesTagged(client, tags))) ?? []);
  const words = [...(said.member ?? []), ...tagged.map(({ id }) => id)];
  if (words.length > 0) {
    const members = words.map(memberIn);
    const ids = members.map(({ instance }) => instance);
    const known = tagged.length > 0 ? tagged : await lookup((client) => byId(client, ids));
    return named(members, known ?? []);
  }
  if (tags.length > 0) {
    throw new CliError('nothing-tagged', `no instance has ${(said.tag ?? []).join(' and ')}`, {
      remedy: 'name other tags, the region (--region) or the instances themselves (--member)',
      exitCode: EXIT.usage,
    });
  }
  if (asker === undefined)
    throw missing('which instances', 'name them: --member i-0123456789abcdef0, or --tag role=db');
  const found = (await lookup((client) => instancesTagged(client, []))) ?? [];
  showFound(found, asker);
  return named(wordsIn(await asker.ask('Instances, the preferred one first')).map(memberIn), found);
};

const byId = (client: EC2Client, ids: readonly string[]): Promise<InstanceFacts[]> =>
  findInstances(client, [{ Name: 'instance-id', Values: [...ids] }]);

const vipsOf = async (
  said: Said,
  members: readonly PlannedMember[],
  lookup: Lookup,
  asker: Asker | undefined,
): Promise<string[]> => {
  if (said.vip !== undefined && said.vip.length > 0) return [...said.vip];
  if (asker === undefined)
    throw missing('which VIP', "name a free address of the members' subnet: --vip 172.31.0.201");
  const proposal = await lookup(async (client) => {
    const [first] = await byId(client, [members[0]?.instance ?? '']);
    return first === undefined ? undefined : addressBeside(client, first);
  });
  return wordsIn(await asker.ask("VIP, a free address of the members' subnet", proposal));
};

const checksOf = async (said: Said, asker: Asker | undefined): Promise<Plan['checks']> => {
  if (said.check !== undefined) return said.check.map(checkIn);
  if (asker === undefined) return [];
  return wordsIn(await asker.ask('Checks, as mysqld=tcp:127.0.0.1:3306; empty: none', '')).map(checkIn);
};

/**
 * Everything that a first file needs.
 * @param asker undefined: nobody is there to be asked
 * @throws CliError `not-said`, `nothing-tagged`, `bad-words`; Interrupted
 */
export const makePlan = async (said: Said, lookup: Lookup, asker: Asker | undefined): Promise<Plan> => {
  const group = said.group ?? (await asker?.ask('Name of the group', 'mysql'));
  if (group === undefined) throw missing('what the group is called', 'name it: --group mysql');
  const members = await membersOf(said, lookup, asker);
  const vips = await vipsOf(said, members, lookup, asker);
  return { group, vips, members, checks: await checksOf(said, asker), exclusive: said.exclusive === true };
};
