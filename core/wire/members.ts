/**
 * Who belongs to a group, as keepaloft.yaml says it: instances by their ids, or what an instance must be to be let in.
 * Of the latter nobody knows at deployment which there will be; they join when they ask for their configuration.
 */
import * as z from 'zod/mini';
import { MEMBERS_MAX, nodeIdSchema, prioritySchema } from './names.ts';

const priority = z._default(prioritySchema, 100);
/** EC2's own bounds of a tag. */
const tagKey = z.string().check(z.minLength(1), z.maxLength(128));
const tagValue = z.string().check(z.maxLength(256));
const TAGS_MAX = 8;

const instanceMemberSchema = z.strictObject({ instance: nodeIdSchema, priority });
const tagSelectorSchema = z.strictObject({
  /** All of these tags, with these values. */
  tag: z
    .record(tagKey, tagValue)
    .check(
      z.refine(
        (tags) => Object.keys(tags).length >= 1 && Object.keys(tags).length <= TAGS_MAX,
        `1 to ${TAGS_MAX} tags`,
      ),
    ),
  priority,
});
const groupSelectorSchema = z.strictObject({
  /** The name of an Auto Scaling group of the same account and region. */
  autoScalingGroup: z
    .string()
    .check(z.regex(/^[^:\p{Cc}]{1,255}$/u, 'the name of an Auto Scaling group: 1-255 characters, no colon')),
  priority,
});
const memberSchema = z.union(
  [instanceMemberSchema, tagSelectorSchema, groupSelectorSchema],
  'a member is one of instance, tag or autoScalingGroup, with priority',
);

/** An instance of a group. */
export interface Member {
  readonly instance: string;
  readonly priority: number;
  /** It was let in by a selector rather than named. Never in a file. */
  readonly enrolled?: true;
}

/** What an instance must be to be let in. */
export type Selector = z.infer<typeof tagSelectorSchema> | z.infer<typeof groupSelectorSchema>;

type Listed = z.infer<typeof memberSchema>;

const isInstance = (member: Listed): member is z.infer<typeof instanceMemberSchema> => 'instance' in member;
const isSelector = (member: Listed): member is Selector => !isInstance(member);

const isDistinct = (values: readonly unknown[]): boolean =>
  new Set(values.map((value) => JSON.stringify(value))).size === values.length;

/** One that is not in a list stands for a list of one. */
const listed = z.transform((value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? [value] : value,
);

/** A list of members, or one alone. */
export const membersSchema = z.pipe(
  listed,
  z.array(memberSchema).check(
    z.minLength(1),
    z.maxLength(MEMBERS_MAX),
    z.refine(
      (members) => isDistinct(members.filter(isInstance).map(({ instance }) => instance)),
      'a member is listed twice',
    ),
    z.refine(
      (members) =>
        isDistinct(members.map((member) => ('instance' in member ? member : { ...member, priority: 0 }))),
      'the same tag or Auto Scaling group is listed twice',
    ),
  ),
);

/** Those that are named, and, if there are any, what lets others in. */
export const divided = (
  members: readonly Listed[],
): { readonly members: readonly Member[]; readonly select?: readonly Selector[] } => {
  const named = members.filter(isInstance);
  const select = members.filter(isSelector);
  return select.length === 0 ? { members: named } : { members: named, select };
};

/** For people: `tag role=db`, `Auto Scaling group web`. */
export const selectorName = (selector: Selector): string =>
  'tag' in selector
    ? Object.entries(selector.tag)
        .map(([key, value]) => `tag ${key}=${value}`)
        .join(' and ')
    : `Auto Scaling group ${selector.autoScalingGroup}`;

/** EC2 sets it on each instance of an Auto Scaling group, and lets nobody else set it. */
const GROUP_TAG = 'aws:autoscaling:groupName';

/** The first selector that an instance with these tags meets. */
export const selectorFor = (
  select: readonly Selector[] | undefined,
  tags: Readonly<Record<string, string>>,
): Selector | undefined =>
  select?.find((selector) =>
    'tag' in selector
      ? Object.entries(selector.tag).every(([key, value]) => tags[key] === value)
      : tags[GROUP_TAG] === selector.autoScalingGroup,
  );
