import * as z from 'zod/mini';

/** A schema that takes anything, and a value for what does not fit. For what only decides how something looks. */
export const lenient = z.catch;
