/** Reads what stands on the command line; what is wrong is refused before anything starts. */

import { InvalidArgumentError } from 'commander';

/** A parser for a whole number between two bounds. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^-?\d{1,9}$/u.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };

/** A parser for a number of seconds, fractions allowed. */
export const seconds =
  (max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d{1,6}(?:\.\d{1,3})?$/u.test(text) || value <= 0 || value > max) {
      throw new InvalidArgumentError(`It must be a number of seconds above 0 and at most ${max}.`);
    }
    return value;
  };

/** A parser for a number of minutes, fractions allowed. */
export const minutes =
  (max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d{1,5}(?:\.\d{1,3})?$/u.test(text) || value <= 0 || value > max) {
      throw new InvalidArgumentError(`It must be a number of minutes above 0 and at most ${max}.`);
    }
    return value;
  };

/** A parser for a word that names a sequence of chance. */
export const seed = (text: string): string => {
  if (!/^[A-Za-z0-9-]{1,32}$/u.test(text)) {
    throw new InvalidArgumentError('A seed is 1 to 32 letters, digits and dashes.');
  }
  return text;
};

/** A lab's id. */
export const labId = (text: string): string => {
  if (!/^[0-9a-f]{4}$/u.test(text)) {
    throw new InvalidArgumentError('A lab is named by four hexadecimal digits; see `keepaloft lab list`.');
  }
  return text;
};

/** A duration with its unit; the rule of `core/duration.ts` is repeated here so that a wrong one is refused before anything is loaded. */
export const duration = (text: string): string => {
  if (!/^\d{1,7}(?:\.\d{1,3})?(?:ms|s|m|h)$/u.test(text)) {
    throw new InvalidArgumentError('A duration needs a unit: ms, s, m or h, for example 8s.');
  }
  return text;
};
