/** Proves that a wrong document is refused with line, column and key, and that nothing else is ever thrown. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { keepaloftFileSchema } from '../../../core/wire/config.ts';
import { DocumentError, readDocument } from '../../../core/wire/document.ts';
import { VIP } from '../fixtures.ts';

const findingsOf = (text: string) => {
  try {
    readDocument('keepaloft.yaml', text, keepaloftFileSchema);
  } catch (thrown) {
    if (thrown instanceof DocumentError) return thrown.findings;
    throw thrown;
  }
  return [];
};

const GOOD = `version: 1
groups:
  mysql:
    vips: [{ address: ${VIP}, fabric: secondary-ip }]
    members: [{ instance: i-00000000000000001 }]
`;

describe('document: every finding says where', () => {
  it('a good one has none', () => {
    expect(findingsOf(GOOD)).toEqual([]);
  });

  it('a misspelt key is named with its line and column', () => {
    expect(findingsOf(`${GOOD}    election: { preemt: true }\n`)).toEqual([
      { line: 6, column: 17, path: 'groups.mysql.election.preemt', message: 'unknown key' },
    ]);
  });

  it('a wrong value says what would be right', () => {
    const [finding] = findingsOf(`${GOOD}    timing: { heartbeat: 1 }\n`);
    expect(finding).toMatchObject({ line: 6, path: 'groups.mysql.timing.heartbeat' });
    expect(finding?.message).toContain('"200ms"');
  });

  it('all findings come at once, and the message has one line each', () => {
    const text = GOOD.replace(VIP, '300.1.1.1').replace('version: 1', 'version: 3');
    expect(findingsOf(text).map(({ path }) => path)).toEqual(['version', 'groups.mysql.vips.0.address']);
    expect(() => readDocument('k.yaml', text, keepaloftFileSchema)).toThrow(
      /^k\.yaml:1:10: version: .*\nk\.yaml:4:\d+: /,
    );
  });

  it('of a check of unclear kind, only what is wrong with the kind it comes closest to', () => {
    const findings = findingsOf(`${GOOD}    checks: { db: { tcp: "127.0.0.1:1", fal: 3 } }\n`);
    expect(findings).toMatchObject([{ line: 6, path: 'groups.mysql.checks.db.fal', message: 'unknown key' }]);
  });

  it('broken YAML and a key written twice are found before any schema', () => {
    expect(findingsOf('version: [1\n')).toMatchObject([{ path: '' }]);
    expect(findingsOf('version: 1\nversion: 1\n')).toMatchObject([{ line: 2, path: '' }]);
  });

  it('what is too long for a configuration is not parsed', () => {
    expect(findingsOf(' '.repeat(262_145))).toMatchObject([{ line: 1, column: 1 }]);
  });
});

describe('document: malformed input throws DocumentError and nothing else', () => {
  const survives = (text: string): boolean => Array.isArray(findingsOf(text));

  it('for any text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), survives));
  });

  it('for any YAML-like text, with anchors, tags, merges and odd keys', () => {
    const piece = fc.constantFrom(
      'version: 1',
      'groups:',
      '  mysql:',
      '? ',
      ': ',
      '&a ',
      '*a',
      '<<: *a',
      '!!binary ',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '|',
      '\t',
      '\n',
      '#',
      '%YAML 1.2',
      '---',
      '__proto__: 1',
      'null',
      '~',
      '.nan',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('\n')),
        survives,
      ),
      { numRuns: 300 },
    );
  });

  it('for an alias bomb', () => {
    const rows = Array.from(
      { length: 12 },
      (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(9)}*a${index}]`,
    );
    expect(survives(`a0: &a0 [x]\n${rows.join('\n')}\n`)).toBe(true);
  });

  it('and what passes is what the schema made of it', () => {
    expect(readDocument('x', 'a: 1', z.strictObject({ a: z.number() }))).toEqual({ a: 1 });
  });
});
