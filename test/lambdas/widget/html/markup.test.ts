// Proves that whatever is put into a template cannot end a tag, an attribute or a text, and that finished markup stays what it is.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escaped, html } from '../../../../lambdas/widget/html/markup.ts';

describe('html', () => {
  it('escapes values, and not what the template itself says', () => {
    expect(String(html`<b title="${'"a" & \'b\''}">${'<script>'}</b>`)).toBe(
      '<b title="&quot;a&quot; &amp; &#39;b&#39;">&lt;script&gt;</b>',
    );
  });

  it('puts markup in as it is, lists one after the other, and nothing for null and false', () => {
    expect(String(html`<ul>${[html`<li>1</li>`, '<', 2]}${null}${false}</ul>`)).toBe(
      '<ul><li>1</li>&lt;2</ul>',
    );
  });

  it('lets no text through that could begin or end anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escaped(text)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/u);
      }),
    );
  });
});
