/** Reads what the kernel has: before a neighbour is said to be silent, nothing of it may lie unread. */

/** Turns of the loop after which enough was read: a flood of strangers must not keep a lost neighbour alive. */
const TURNS_MAX = 64;

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/**
 * Lets the loop turn until a whole turn has read nothing more. A turn takes at most some dozens of datagrams from a
 * socket, and the first one may be under way already.
 *
 * @param read how many datagrams have been read so far
 */
export const drain = async (read: () => number): Promise<void> => {
  await turn();
  for (let turns = 0; turns < TURNS_MAX; turns++) {
    const before = read();
    await turn();
    if (read() === before) return;
  }
};
