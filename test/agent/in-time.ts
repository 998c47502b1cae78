/** For what only holds while the machine lets a process run: tried again when it did not. */

export const TRIES_MAX = 4;

/** What the first try found that was in time, else the last: what is wrong in every try is wrong. */
export const inTime = async <T>(run: () => Promise<T>, isInTime: (found: T) => boolean): Promise<T> => {
  let found = await run();
  for (let tries = 1; tries < TRIES_MAX && !isInTime(found); tries += 1) found = await run();
  return found;
};
