/** keepalived's names in our alphabets, each once. Pure. */

const GROUP_CHARS_MAX = 32;
const CHECK_CHARS_MAX = 32;

/** The name, or the name with the first number that makes it new. */
const distinct = (name: string, taken: ReadonlySet<string>, charsMax: number): string => {
  if (!taken.has(name)) return name;
  for (let count = 2; ; count += 1) {
    const tail = `-${count}`;
    const numbered = `${name.slice(0, charsMax - tail.length)}${tail}`;
    if (!taken.has(numbered)) return numbered;
  }
};

/** `VI_1` as `vi-1`. */
export const groupNameFor = (name: string, taken: ReadonlySet<string>): string => {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/gu, '-')
    .replace(/^[^a-z]+/u, '')
    .slice(0, GROUP_CHARS_MAX)
    .replace(/-+$/u, '');
  return distinct(plain === '' ? 'group' : plain, taken, GROUP_CHARS_MAX);
};

export const checkNameFor = (name: string, taken: ReadonlySet<string>): string => {
  const plain = name
    .replaceAll(/[^\w-]+/gu, '-')
    .replace(/^[^a-zA-Z]+/u, '')
    .slice(0, CHECK_CHARS_MAX);
  return distinct(plain === '' ? 'check' : plain, taken, CHECK_CHARS_MAX);
};
