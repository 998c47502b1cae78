/** What happened, for people: written only when a seed is run again to be looked at. */

export interface Line {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

/** FNV-1a over all lines: two runs of one seed must agree in it. */
const FNV_START = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export class Trace {
  readonly lines: Line[] = [];
  #hash = FNV_START;

  line(atMs: number, who: string, what: string): void {
    this.lines.push({ atMs, who, what });
    const text = `${atMs.toFixed(3)} ${who} ${what}`;
    for (let index = 0; index < text.length; index += 1)
      this.#hash = Math.imul(this.#hash ^ text.charCodeAt(index), FNV_PRIME);
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }
}
