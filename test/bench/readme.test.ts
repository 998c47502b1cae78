/** Proves that generated lines replace only what lies between their own two comments. */
import { describe, expect, it } from 'vitest';
import { withBlock } from '../../bench/readme.ts';

const text = 'before\n<!-- bench:a -->\nold\n<!-- /bench:a -->\nafter\n';

describe('withBlock', () => {
  it('replaces what lies between the comments, and again the same', () => {
    const once = withBlock(text, 'a', ['| 1 |', '| 2 |']);
    expect(once).toBe('before\n<!-- bench:a -->\n\n| 1 |\n| 2 |\n\n<!-- /bench:a -->\nafter\n');
    expect(withBlock(once, 'a', ['| 1 |', '| 2 |'])).toBe(once);
  });

  it.each(['b', ''])('says what a text without the comments of %j lacks', (name) => {
    expect(() => withBlock(text, name, ['x'])).toThrow(`<!-- bench:${name} -->`);
  });

  it('says so, too, when the closing comment is missing or comes first', () => {
    for (const broken of ['<!-- bench:a -->\nold', '<!-- /bench:a -->\n<!-- bench:a -->\nold']) {
      expect(() => withBlock(broken, 'a', ['x'])).toThrow('<!-- /bench:a -->');
    }
  });
});
