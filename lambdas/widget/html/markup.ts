/** HTML by tagged templates: whatever is put in is escaped, unless it is markup made the same way. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that is safe between tags and inside a quoted attribute. */
export const escaped = (text: string): string => text.replace(/[&<>"']/gu, (char) => ESCAPES[char] ?? '');

/** A piece of finished HTML. Only `html` makes one, so a text can never pass for it. */
export class Markup {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template. `null` and `false` put nothing in. */
export type Part = Markup | string | number | null | false | readonly Part[];

const partText = (part: Part): string => {
  if (part === null || part === false) return '';
  if (part instanceof Markup) return part.toString();
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return escaped(String(part));
  return part.map(partText).join('');
};

/**
 * HTML with its values escaped. Attributes must be quoted: an unquoted one could end at a space.
 * @example html`<td title="${reason}">${members.map(memberRow)}</td>`
 */
export const html = (strings: TemplateStringsArray, ...parts: Part[]): Markup =>
  new Markup(strings.reduce((whole, text, index) => whole + partText(parts[index - 1] ?? null) + text));
