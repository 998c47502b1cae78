/** The part of DER (X.690) that a certificate needs. Node reads certificates but has no writer for them. */

const length = (size: number): Buffer => {
  if (size < 0x80) return Buffer.from([size]);
  const octets: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.from([0x80 | octets.length, ...octets]);
};

/** One element: tag, length, content. */
export function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), length(body.length), body]);
}

export const sequence = (...members: Buffer[]): Buffer => der(0x30, ...members);
export const set = (...members: Buffer[]): Buffer => der(0x31, ...members);
export const octets = (content: Buffer): Buffer => der(0x04, content);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text, 'utf8'));
export const boolean = (value: boolean): Buffer => der(0x01, Buffer.from([value ? 0xff : 0]));
export const bits = (content: Buffer, unused = 0): Buffer => der(0x03, Buffer.from([unused]), content);
/** An element tagged by its place in a structure; `explicit` ones wrap a whole element. */
export const context = (place: number, content: Buffer, explicit = true): Buffer =>
  der((explicit ? 0xa0 : 0x80) | place, content);

/** A non-negative integer, big-endian; a leading zero keeps it positive. */
export function integer(content: Buffer): Buffer {
  let start = 0;
  while (start < content.length - 1 && content[start] === 0) start += 1;
  const trimmed = content.subarray(start);
  const needsZero = ((trimmed[0] ?? 0) & 0x80) !== 0;
  return needsZero ? der(0x02, Buffer.from([0]), trimmed) : der(0x02, trimmed);
}

/** An object identifier such as `2.5.4.3`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const encoded = [first * 40 + second, ...rest].flatMap((arc) => {
    const septets = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      septets.unshift(0x80 | (left % 128));
    return septets;
  });
  return der(0x06, Buffer.from(encoded));
}

/** A time as certificates want it: two-digit years until 2049, four-digit ones after. */
export function time(ms: number): Buffer {
  const text = `${new Date(ms).toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  return text < '2050' ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}
