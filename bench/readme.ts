/** Generated lines within a document that people write: between two comments that they place. */
import { BenchError } from './errors.ts';

/**
 * The text with the lines between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->` replaced.
 *
 * @throws BenchError when one of the two comments is missing
 *
 * @example withBlock('<!-- bench:a -->\n<!-- /bench:a -->', 'a', ['| 1 |'])
 */
export const withBlock = (text: string, name: string, lines: readonly string[]): string => {
  const [opening, closing] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const start = text.indexOf(opening);
  const end = text.indexOf(closing, start);
  if (start < 0 || end < 0) {
    throw new BenchError(`README.md has no place for ${name}: put the lines ${opening} and ${closing} there`);
  }
  return `${text.slice(0, start + opening.length)}\n\n${lines.join('\n')}\n\n${text.slice(end)}`;
};
