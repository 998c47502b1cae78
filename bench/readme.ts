/** Generated lines within a document that people write: between two comments that they place. */

/**
 * The text with the lines between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->` replaced; unchanged without both.
 *
 * @example withBlock('<!-- bench:a -->\n<!-- /bench:a -->', 'a', ['| 1 |'])
 */
export const withBlock = (text: string, name: string, lines: readonly string[]): string => {
  const [opening, closing] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const start = text.indexOf(opening);
  const end = text.indexOf(closing, start);
  if (start < 0 || end < 0) return text;
  return `${text.slice(0, start + opening.length)}\n\n${lines.join('\n')}\n\n${text.slice(end)}`;
};
