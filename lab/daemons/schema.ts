/** A real service for the hosts of a lab, from a package of the system: how it is started. Unknown keys are refused. */

import * as z from 'zod/mini';

const daemonsMax = 8;
const filesMax = 16;
const argvMax = 64;
const textMax = 4000;

const text = z.string('a text').check(z.maxLength(textMax));
/** A program and its arguments, never a shell line. */
const argv = z
  .array(text, 'a list: the program and its arguments')
  .check(z.minLength(1), z.maxLength(argvMax));
const filePattern = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/;
const fileHint = 'a file is named without a folder';
const fileName = z.string().check(z.regex(filePattern, fileHint));

/** What runs on a host of every lab has these names. */
const taken: ReadonlySet<string> = new Set(['agent', 'service']);
const isDaemonName = (name: string): boolean => /^[a-z][a-z0-9-]{0,31}$/.test(name) && !taken.has(name);
const nameHint =
  'a service has a name of a-z, 0-9 and -, and not agent or service, which are programs of every lab';
export const daemonNameSchema = z.string().check(z.refine(isDaemonName, nameHint));

/**
 * In every text `{dir}` is the service's own folder on that host, below the lab's; `{host}` is the host's name and
 * `{address}` its address.
 *
 * @example { package: redis-tools, as: redis-server, run: [redis-check-rdb, --dir, '{dir}'], ready: Ready to accept }
 */
export const daemonSchema = z.strictObject({
  /** The Debian package that brings the program; told where it is missing. */
  package: z
    .string()
    .check(z.regex(/^[a-z0-9][a-z0-9.+-]{1,63}$/, 'a Debian package, such as mariadb-server-core')),
  /** Files for it by name, written to its folder when the lab starts. */
  files: z._default(
    z.record(z.string(), text).check(
      z.refine((files) => Object.keys(files).length <= filesMax, `at most ${filesMax} files`),
      z.refine((files) => Object.keys(files).every((name) => filePattern.test(name)), fileHint),
    ),
    {},
  ),
  /** Runs to its end once on each host, before the service starts there for the first time. */
  prepare: z.optional(argv),
  run: argv,
  /** Another name to call the program by, for one that is several programs. */
  as: z.optional(fileName),
  /** A part of the line by which it says that it serves. @default it is taken to serve at once */
  ready: z.optional(text),
});
export type Daemon = z.infer<typeof daemonSchema>;

/** Services by name, with more keys for each where a file has more to say about it. */
export const daemonsOf = <T extends z.ZodMiniType>(daemon: T) =>
  z.record(z.string(), daemon).check(
    z.refine((daemons) => Object.keys(daemons).length <= daemonsMax, `at most ${daemonsMax} services`),
    z.refine((daemons) => Object.keys(daemons).every(isDaemonName), nameHint),
  );

export const daemonsSchema = daemonsOf(daemonSchema);
