// Proves that docs/api.md is of now, that it names everything that is exported, and how a source becomes a page.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { API_PAGE, describeApi } from '../../scripts/api.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('docs/api.md', () => {
  it('is what the sources say: `npm run api` writes it', () => {
    expect(readFileSync(new URL(`../../${API_PAGE}`, import.meta.url), 'utf8')).toBe(describeApi(root));
  });

  it('documents each construct and each property that has a default', () => {
    const page = describeApi(root);
    for (const name of ['KeepaloftArbiter', 'FailoverGroup', 'Member', 'Vip', 'Check', 'Transport'])
      expect(page).toMatch(new RegExp(`\\n## ${name}\\n\\n\`(?:abstract )?class ${name}`, 'u'));
    expect(page).toContain('| `heartbeat?` | `Duration` | 1 second | How often an agent reports. |');
    expect(page).toMatch(
      /- `static secondaryIp\(address: string, subnet\?: ISubnet\): Vip`: A secondary .*\n {2}- `address`: such as/u,
    );
  });
});

describe('a page', () => {
  const source = `import type { A } from './a.ts';

/** Not exported by the index. */
export class Hidden {}

/**
 * What it is, over
 * two lines.
 *
 * A second paragraph, with {@link Other}.
 * @example
 * const thing = new Thing('a');
 *   thing.go();
 */
export class Thing<T extends string = 'a'> extends Base implements A {
  /** A constant. */
  static readonly ONE = new Thing('one');
  /** @default - none: a | b */
  readonly maybe?: 'a' | 'b';
  readonly #secret: string;
  private readonly hidden: string;
  override readonly name = 'Thing';

  /** Read only. */
  get size(): number {
    return 1;
  }

  constructor(
    id: string,
    props: { readonly a?: number } = {},
  ) {
    super(id);
  }

  /**
   * Does it.
   * @param how in which way,
   *   and how far
   * @returns whether it did
   * @throws ThingError when it cannot
   */
  go(how?: string): boolean {
    return true;
  }

  #private(): void {}
}

/** A choice. */
export type Choice =
  | 'a'
  | 'b';
`;
  const files: Readonly<Record<string, string>> = {
    'lib/index.ts': `export { Thing } from './thing.ts';\nexport { type Choice } from './thing.ts';\n`,
    'lib/thing.ts': source,
  };
  const read = (path: string): string => files[path] ?? '';

  it('says what is public, and nothing else', () => {
    const page = describeApi('/', read);
    expect(page.slice(page.indexOf('## Thing'))).toBe(`## Thing

\`class Thing<T extends string = 'a'> extends Base implements A\`

What it is, over two lines.

A second paragraph, with \`Other\`.

\`\`\`ts
const thing = new Thing('a');
  thing.go();
\`\`\`

| property | type | default | meaning |
|---|---|---|---|
| \`static ONE\` | \`Thing\` |  | A constant. |
| \`maybe?\` | \`'a' \\| 'b'\` | none: a \\| b |  |
| \`size\` | \`number\` |  | Read only. |

- \`new Thing(id: string, props: { readonly a?: number } = {})\`
- \`go(how?: string): boolean\`: Does it.
  - \`how\`: in which way, and how far
  - returns whether it did
  - throws ThingError when it cannot

## Choice

\`type Choice = | 'a' | 'b'\`

A choice.
`);
  });

  it('refuses an index that it cannot follow', () => {
    const withIndex = (index: string) => (path: string) => (path === 'lib/index.ts' ? index : source);
    expect(() => describeApi('/', withIndex(`export { Absent } from './thing.ts';`))).toThrow(
      'lib/index.ts exports Absent, which lib/thing.ts does not declare',
    );
    expect(() => describeApi('/', withIndex(`export * from './thing.ts';`))).toThrow('name what is exported');
  });
});
