/** Just enough XML to write EC2's answers. Values are escaped where they enter, markup is composed from strings. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

export const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);

/** `<name>content</name>`; content is markup, unless `isText` says that it must be escaped. */
export const element = (name: string, content: string, isText = false): string =>
  `<${name}>${isText ? escapeXml(content) : content}</${name}>`;

/** What a field may hold: text (escaped), a number, a flag, or markup made by `list` and `record`. */
export type Field = string | number | boolean | Markup | undefined;

/** Text that is XML already. */
export interface Markup {
  markup: string;
}

/** The fields of a structure, in order; undefined ones are left out, as EC2 does. */
export function record(fields: Record<string, Field>): Markup {
  let markup = '';
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    markup += typeof value === 'object' ? element(name, value.markup) : element(name, String(value), true);
  }
  return { markup };
}

/** A list in EC2's way: every member inside an `item`. */
export const list = (members: readonly Markup[]): Markup => ({
  markup: members.map((member) => element('item', member.markup)).join(''),
});

/** A whole answer of an action. */
export function responseDocument(action: string, requestId: string, fields: Record<string, Field>): string {
  const { markup } = record({ requestId, ...fields });
  const open = `<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${open}${markup}</${action}Response>`;
}
