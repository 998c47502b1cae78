// Declarations as one page of Markdown.

import type { Declaration, Method, Property } from './declarations.ts';
import type { DocComment } from './doc-comment.ts';

/** Inside a table a bar would end the cell and a line the row. */
const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll(/\s*\n\s*/gu, ' ');
const code = (text: string): string => (text === '' ? '' : `\`${text}\``);

function propertyTable(properties: readonly Property[]): string[] {
  if (properties.length === 0) return [];
  const rows = properties.map(({ name, type, isOptional, isStatic, doc }) => {
    const shown = code(`${isStatic ? 'static ' : ''}${name}${isOptional ? '?' : ''}`);
    return `| ${shown} | ${cell(code(type))} | ${cell(doc.default ?? '')} | ${cell(doc.text)} |`;
  });
  return ['', '| property | type | default | meaning |', '|---|---|---|---|', ...rows];
}

function tagLines({ params, returns, throws }: DocComment): string[] {
  return [
    ...params.map(({ name, text }) => `  - \`${name}\`: ${text}`),
    ...(returns === undefined ? [] : [`  - returns ${returns}`]),
    ...(throws === undefined ? [] : [`  - throws ${throws}`]),
  ];
}

function methodList(owner: string, methods: readonly Method[]): string[] {
  if (methods.length === 0) return [];
  return [
    '',
    ...methods.flatMap(({ signature, name, isStatic, doc }) => {
      const isNew = name === 'constructor';
      const shown = code(
        isNew
          ? signature.replace(/^constructor/u, `new ${owner}`)
          : `${isStatic ? 'static ' : ''}${signature}`,
      );
      const said = doc.text.replaceAll(/\s*\n\s*/gu, ' ');
      return [`- ${shown}${said === '' ? '' : `: ${said}`}`, ...tagLines(doc)];
    }),
  ];
}

function section({ name, kind, head, doc, members }: Declaration): string[] {
  const properties = members.filter((member) => member.kind === 'property');
  const methods = members.filter((member) => member.kind === 'method');
  return [
    `## ${name}`,
    '',
    code(head),
    ...(doc.text === '' ? [] : ['', doc.text]),
    ...(doc.throws === undefined ? [] : ['', `Throws ${doc.throws}`]),
    ...(doc.example === undefined ? [] : ['', '```ts', doc.example, '```']),
    ...propertyTable(properties),
    ...methodList(name, methods),
    ...(kind === 'class' && members.length === 0 ? ['', 'It has no members of its own.'] : []),
    '',
  ];
}

const INTRODUCTION = `# API reference

The constructs of \`lib/\`, for a CDK app of your own; how they are used is in [deploying.md](deploying.md). This page is made
from the sources by \`npm run api\`, and \`npm test\` refuses one that is not of now.
`;

/** The whole page: what there is, then each in the order in which the index exports it. */
export function apiPage(declarations: readonly Declaration[]): string {
  const list = declarations.map(
    ({ name, kind }) => `[${name}](#${name.toLowerCase()})${kind === 'class' ? '' : ` (${kind})`}`,
  );
  return [INTRODUCTION, `${list.join(' ·\n')}\n`, ...declarations.flatMap(section)]
    .join('\n')
    .trimEnd()
    .concat('\n');
}
