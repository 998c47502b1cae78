/** Values that several parts of a configuration file have: durations, places, programs. */
import * as z from 'zod/mini';
import { DURATION_HINT, parseDurationMs } from '../duration.ts';
import { type DurationMs, durationMs } from '../time.ts';

const durationSchema = z.pipe(
  z
    .string('a duration needs a unit, for example "200ms" or "3s"')
    .check(z.refine((text) => parseDurationMs(text) !== null, DURATION_HINT)),
  z.transform((text: string): DurationMs => parseDurationMs(text) ?? durationMs(0)),
);
/** A duration within bounds, milliseconds. */
export const duration = (minMs: number, maxMs: number) =>
  durationSchema.check(
    z.refine((ms) => ms >= minMs && ms <= maxMs, `must be between ${minMs} ms and ${maxMs} ms`),
  );

export const hostPortSchema = z
  .string()
  .check(z.regex(/^[^\s:]+:\d{1,5}$/, 'host:port, for example 127.0.0.1:3306'));
/** A program and its arguments. Never a shell line: the file must be named absolutely and be root's. */
export const argvSchema = z.array(z.string().check(z.maxLength(4096))).check(
  z.minLength(1),
  z.maxLength(32),
  z.refine((argv) => argv[0]?.startsWith('/') === true, 'the program must be an absolute path'),
);

/** As the kernel takes them, but for letters that would need quoting somewhere. `.` and `..` are none. */
export const interfaceNameSchema = z
  .string()
  .check(z.regex(/^(?!\.{1,2}$)[a-zA-Z0-9_.-]{1,15}$/, 'the name of an interface, for example eth0'));
