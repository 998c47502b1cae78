/**
 * A keepaloft.yaml tried out: the same groups in a lab, with stand-ins for what only its own hosts have, and a story that every group can be
 * expected to get through. Pure.
 */
import { type GroupFile, type KeepaloftFile, keepaloftFileSchema } from '../../core/wire/config.ts';
import { readDocument } from '../../core/wire/document.ts';
import { groupDocument } from '../../core/wire/group-document.ts';
import { selectorName } from '../../core/wire/members.ts';
import type { LoadedScenario } from '../scenario/file.ts';
import { scenarioSchema } from '../scenario/schema.ts';
import { addressesFor, placed } from './addresses.ts';
import { standInChecks, standInHooks } from './stand-ins.ts';
import { storyOf } from './story.ts';

/** Stands where `keepaloft import` knows no instance. */
const PLACEHOLDER = /\bi-FILL-IN-(\d{1,2})\b/gu;
const instanceOf = (number: number): string => `i-${number.toString(16).padStart(17, '0')}`;
const LINE_CHARS_MAX = 2000;
/** The lab's own bound; more only where they are needed. */
const ADDRESSES = 10;

interface Cast {
  readonly group: GroupFile;
  readonly words: string[];
}

/** Instances that are told by what they are: two of the first kind. */
const withMembers = (group: GroupFile): Cast => {
  const { select = [], ...rest } = group;
  const [selector] = select;
  if (selector === undefined) return { group, words: [] };
  const named = rest.members.map(({ instance }) => instance);
  const others = [1, 2, 3]
    .map(instanceOf)
    .filter((instance) => !named.includes(instance))
    .slice(0, Math.max(0, 2 - named.length));
  return {
    group: {
      ...rest,
      members: [...rest.members, ...others.map((instance) => ({ instance, priority: selector.priority }))],
    },
    words: [`hosts of the lab are its members by ${select.map(selectorName).join(', ')}`],
  };
};

const ROUTING_WORDS = "the host's routes and rules are left out: they are of another network";
/** Their gateways, interfaces and addresses are those of the hosts' own network. */
const withoutRouting = ({ hostRoutes, hostRules, ...group }: GroupFile): Cast => ({
  group,
  words: hostRoutes === undefined && hostRules === undefined ? [] : [ROUTING_WORDS],
});

const cast = (given: GroupFile, places: ReadonlyMap<string, string>, program: string): Cast => {
  const { group, words: routing } = withoutRouting(given);
  const { group: manned, words } = withMembers(group);
  const checks = standInChecks(group.checks, program);
  const hooks = standInHooks(group.hooks, program);
  const elsewhere = group.vips.flatMap(({ address }) => {
    const place = places.get(address) ?? address;
    return place === address ? [] : [`${address} is ${place}`];
  });
  return {
    group: {
      ...manned,
      vips: group.vips.map((vip) => placed(vip, places)),
      mode: 'enforce',
      checks: checks.checks,
      hooks: hooks.hooks,
    },
    words: [
      ...elsewhere,
      ...words,
      ...routing,
      ...(group.mode === 'observe' ? ['it is enforced, though the file says observe'] : []),
      ...checks.words,
      ...hooks.words,
    ],
  };
};

/** Of each kind an interface has as much room. */
const addressesNeeded = ({ groups }: KeepaloftFile): number => {
  const vips = Object.values(groups).flatMap((group) => group.vips);
  const count = (kind: string): number => vips.filter(({ fabric }) => fabric === kind).length;
  return 1 + Math.max(count('secondary-ip'), count('ipv6'));
};

export interface RehearsalOptions {
  /** What a reader calls the file. */
  readonly name: string;
  readonly text: string;
  /** A program that does nothing and succeeds, by its path: it stands in for scripts. */
  readonly program: string;
}

/**
 * The scenario, and the file that its lab is made of.
 * @throws DocumentError with line and column of everything wrong in the file, placeholders for instances apart
 * @example rehearsalOf({ name: 'keepaloft.yaml', text, program: '/usr/bin/true' })
 */
export const rehearsalOf = ({ name, text, program }: RehearsalOptions): LoadedScenario => {
  const filled = text.replaceAll(PLACEHOLDER, (_, digits: string) => instanceOf(Number(digits)));
  const file = readDocument(name, filled, keepaloftFileSchema);
  const places = addressesFor(Object.values(file.groups).flatMap(({ vips }) => vips));
  const casts = Object.entries(file.groups).map(
    ([group, given]) => [group, cast(given, places, program)] as const,
  );
  const groups = Object.fromEntries(casts.map(([group, { group: given }]) => [group, given]));
  const needed = addressesNeeded(file);
  const said = [
    ...(filled === text ? [] : ['hosts of the lab stand for the instances that are to be filled in']),
    ...(needed > ADDRESSES
      ? [`an interface has room for ${needed} addresses here: see keepaloft preflight for yours`]
      : []),
    ...casts.flatMap(([group, { words }]) => (words.length === 0 ? [] : [`${group}: ${words.join('; ')}`])),
  ];
  const scenario = scenarioSchema.parse({
    name: 'rehearsal',
    description: `${name} in a lab: what only your hosts have is stood in for`,
    lab: needed > ADDRESSES ? { addressesPerInterface: needed } : {},
    steps: [...said.map((line) => ({ say: line.slice(0, LINE_CHARS_MAX) })), ...storyOf(groups)],
  });
  const document = {
    version: 1,
    groups: Object.fromEntries(Object.entries(groups).map(([group, given]) => [group, groupDocument(given)])),
  };
  return { scenario, config: JSON.stringify(document) };
};
