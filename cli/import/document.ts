/** The keepaloft.yaml of a plan, with a word where a human must fill something in. Pure. */
import { Document, isCollection, isMap, isScalar, isSeq, type Node } from 'yaml';
import { PLACEHOLDER, type PlannedGroup } from './plan.ts';

const COMMENT_CHARS_MAX = 200;
/** A name is anybody's text: on one line, and short. */
const comment = (text: string): string =>
  ` ${text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, COMMENT_CHARS_MAX)}`;

const plainOf = ({
  vips,
  members,
  exclusive,
  timing,
  election,
  checks,
  hooks,
  hostRoutes,
  hostRules,
}: PlannedGroup) => ({
  vips,
  members: members.map(({ instance, priority }) => ({ instance, priority })),
  ...(exclusive ? { exclusive } : {}),
  timing,
  election,
  ...(Object.keys(checks).length === 0 ? {} : { checks }),
  ...(Object.keys(hooks).length === 0 ? {} : { hooks }),
  ...(hostRoutes.length === 0 ? {} : { hostRoutes }),
  ...(hostRules.length === 0 ? {} : { hostRules }),
});

const flow = (node: unknown): void => {
  if (isCollection(node)) node.flow = true;
};
/** Every entry on a line of its own. */
const flowInside = (node: unknown): void => {
  if (isSeq(node)) node.items.forEach(flow);
  if (isMap(node)) for (const { value } of node.items) flow(value);
};

const laidOut = (document: Document, group: PlannedGroup): Node => {
  const node = document.createNode(plainOf(group));
  if (!isMap(node)) return node;
  for (const key of ['vips', 'members', 'checks', 'hooks', 'hostRoutes', 'hostRules'])
    flowInside(node.get(key, true));
  for (const key of ['timing', 'election']) flow(node.get(key, true));
  const members = node.get('members', true);
  if (isSeq(members)) {
    for (const [index, { remark }] of group.members.entries()) {
      const member = members.items[index];
      if (remark !== undefined && isMap(member)) member.comment = comment(remark);
    }
  }
  return node;
};

const headOf = (source: string, groups: readonly PlannedGroup[]): string => {
  const isOpen = groups.some(({ members }) =>
    members.some(({ instance }) => instance.startsWith(PLACEHOLDER)),
  );
  return [
    `Imported from ${source} with \`keepaloft import\`, whose report says what became of each line.`,
    ...(isOpen ? [`Fill in the instances' ids for ${PLACEHOLDER}-…; keepaloft validate names each.`] : []),
    'Every key and its default: docs/configuration.md. keepaloft preflight FILE says whether it works where it is to be deployed.',
  ]
    .map(comment)
    .join('\n');
};

/**
 * The whole file.
 * @param source what it is from, for people
 */
export const documentText = (source: string, groups: readonly PlannedGroup[]): string => {
  const document = new Document({ version: 1, groups: {} });
  document.commentBefore = headOf(source, groups);
  for (const group of groups) {
    const key = document.createNode(group.name);
    const remarks = [`keepalived: ${group.from}`, ...group.remarks];
    if (isScalar(key)) key.commentBefore = remarks.map(comment).join('\n');
    document.addIn(['groups'], document.createPair(key, laidOut(document, group)));
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
};
