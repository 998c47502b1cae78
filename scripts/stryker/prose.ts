/**
 * Leaves texts for people alone: a literal with a blank in it is a message, a reason or a hint, and a test that pinned
 * its words would only say them twice. Words that other code compares with (`'held'`, `'silence'`) have no blank.
 */
import type { Ignorer, NodePath } from '@stryker-mutator/api/ignore';
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** What is read of a node of the syntax tree; Stryker's own type says nothing about it. */
interface LiteralPath extends NodePath {
  readonly node: {
    readonly type: string;
    readonly value?: unknown;
    readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
  };
}

const textOf = ({ node }: LiteralPath): string => {
  if (node.type === 'StringLiteral' && typeof node.value === 'string') return node.value;
  if (node.type === 'TemplateLiteral') return node.quasis?.map(({ value }) => value.raw).join('') ?? '';
  return '';
};

export const prose: Ignorer = {
  shouldIgnore: (path) => (textOf(path as LiteralPath).includes(' ') ? 'a text for people' : undefined),
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'prose', prose)];
