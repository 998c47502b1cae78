import type { Terminal } from './terminal.ts';

/** How lines are drawn: a terminal's colours and characters. */
export type Look = Pick<Terminal, 'paint' | 'unicode'>;

/** The signs of the screens, in what the locale can show. */
export const glyphs = (look: Pick<Look, 'unicode'>) =>
  look.unicode
    ? { on: '●', off: '○', dead: '✗', ok: '✓', warn: '⚠', arrow: '→', most: '≤' }
    : { on: '*', off: 'o', dead: 'x', ok: 'ok', warn: '!', arrow: '->', most: '<=' };
