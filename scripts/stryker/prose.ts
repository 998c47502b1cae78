/**
 * Leaves texts for people alone: a literal with a blank in it is a message, a reason or a hint, and a test that pinned
 * its words would only say them twice. Words that other code compares with (`'held'`, `'silence'`) have no blank.
 */
import type { Ignorer } from '@stryker-mutator/api/ignore';
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

interface LiteralPath {
  readonly node: {
    readonly type: string;
    readonly value?: unknown;
    readonly quasis?: readonly { readonly value: { readonly raw: string } }[];
  };
}

const textOf = ({ node }: LiteralPath): string | undefined => {
  if (node.type === 'StringLiteral' && typeof node.value === 'string') return node.value;
  if (node.type === 'TemplateLiteral') return node.quasis?.map(({ value }) => value.raw).join('');
  return undefined;
};

const prose: Ignorer = {
  shouldIgnore: (path) =>
    textOf(path as LiteralPath)?.includes(' ') === true ? 'a text for people' : undefined,
};

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'prose', prose)];
