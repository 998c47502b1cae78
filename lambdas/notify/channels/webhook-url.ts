import * as z from 'zod/mini';

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** Messages say where a database lives: they go out encrypted. Only what stays on the machine itself may do without. */
export const webhookUrlSchema = z.url().check(
  z.refine((text) => {
    const { protocol, hostname } = new URL(text);
    return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
  }, 'an https:// address'),
);
