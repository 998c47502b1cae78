// A documentation comment, taken apart: what it says, and its tags.

export interface DocComment {
  readonly text: string;
  readonly params: readonly { readonly name: string; readonly text: string }[];
  readonly returns: string | undefined;
  readonly throws: string | undefined;
  /** Without the dash that marks a default that is no value. */
  readonly default: string | undefined;
  readonly example: string | undefined;
}

const TAG = /(?:^|\s)@(param|returns|throws|default|example)\b/u;

/** The comment that ends right before `offset`; empty where there is none. */
export function commentBefore(source: string, offset: number): string {
  const before = source.slice(0, offset).trimEnd();
  if (!before.endsWith('*/')) return '';
  const start = before.lastIndexOf('/**');
  // What stands between must be one comment, not the rest of another.
  if (start < 0 || before.indexOf('*/', start) !== before.length - 2) return '';
  return before.slice(start, before.length);
}

/** The lines between the comment's marks. */
function bodyOf(comment: string): string {
  return comment
    .replace(/^\/\*\*/u, '')
    .replace(/\*\/$/u, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/u, '').trimEnd())
    .join('\n')
    .trim();
}

/** Lines that were broken for the width of the source become paragraphs again. */
function paragraphs(text: string): string {
  return text
    .trim()
    .split(/\n\s*\n/u)
    .map((part) => part.replaceAll(/\s*\n\s*/gu, ' ').trim())
    .join('\n\n');
}

/** Takes a comment apart. Code links (`{@link x}`) become code. */
export function parseDoc(comment: string): DocComment {
  const [text = '', ...tagged] = bodyOf(comment)
    .replaceAll(/\{@link (\S+?)\}/gu, '`$1`')
    .split(TAG);
  const params: { name: string; text: string }[] = [];
  const found: Record<string, string> = {};
  for (let index = 0; index < tagged.length; index += 2) {
    const tag = tagged[index] ?? '';
    const said = tagged[index + 1] ?? '';
    if (tag === 'example') found[tag] = said.replace(/^\n/u, '').trimEnd();
    else if (tag === 'param') {
      const [, name = '', rest = ''] = /^\s*(\S+)\s*([^]*)$/u.exec(said) ?? [];
      params.push({ name, text: paragraphs(rest) });
    } else found[tag] = paragraphs(said);
  }
  return {
    text: paragraphs(text),
    params,
    returns: found['returns'],
    throws: found['throws'],
    default: found['default']?.replace(/^- /u, ''),
    example: found['example']?.trim(),
  };
}
