/** What a client asks a real service, and what it takes for an answer: a schema, since it comes from a file. */

import * as z from 'zod/mini';
import { addressSchema } from '../../core/wire/names.ts';

const portMax = 65_535;
const textMax = 1000;

const isPattern = (text: string): boolean => {
  try {
    return new RegExp(text, 'u').source !== '';
  } catch {
    return false;
  }
};

/** A question in a service's own protocol, over a TCP connection of its own. */
export const questionShape = {
  port: z.int().check(z.minimum(1), z.maximum(portMax)),
  /** Sent once it is connected. @default nothing: the service speaks first */
  send: z._default(z.string().check(z.maxLength(textMax)), ''),
  /** A regular expression for the answer. Its group `host` is the name of the host that gave it. */
  answer: z.string().check(
    z.maxLength(textMax),
    z.refine(isPattern, 'a regular expression'),
    z.refine(
      (text) => text.includes('(?<host>'),
      'the expression must say who answered, by (?<host>…): a client that cannot tell sees no move',
    ),
  ),
};

export const questionSchema = z.strictObject({
  /** What is asked, for the one who reads. */
  name: z.string().check(z.maxLength(64)),
  vip: addressSchema,
  ...questionShape,
});
export type Question = z.infer<typeof questionSchema>;
