/** Reads what `ip -o -ts monitor address route all-nsid` prints. Pure. */

/** A change in some network namespace. `nsid` is null for the observer's own, which is the fabric. */
export type KernelChange =
  | {
      kind: 'address';
      epochMs: number;
      nsid: number | null;
      address: string;
      gone: boolean;
      /** Remaining lifetime, whole seconds; null: for ever. */
      lifetimeS: number | null;
    }
  /** A route to one address. `link` is null when packets for it vanish; `table` when it is the kernel's main one. */
  | {
      kind: 'route';
      epochMs: number;
      nsid: number | null;
      address: string;
      table: number | null;
      gone: boolean;
      link: string | null;
    };

const microsPerMs = 1000;
const prefix =
  /^\[(?<day>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(?<micros>\d{6})\] \[nsid (?<nsid>\d+|current)\](?<rest>.*)$/u;
const address =
  /^(?<gone>Deleted )?\d+: \S+\s+inet6? (?<address>[\da-f.:]+)\/(?:32|128) .*?valid_lft (?<left>forever|\d+sec)/u;
const route =
  /^(?<gone>Deleted )?(?:\w+ )*?(?:(?<hole>blackhole) )?(?<address>(?=\S*(?:\.|:\S*:))[\da-f.:]+)(?=\s|$)(?: via [\da-f.:]+)?(?: dev (?<link>\S+))?/u;
/** The number of the route table that a line of `ip` names; null: the kernel's main one, which it does not name. */
export const tableIn = (rest: string): number | null => {
  const number = / table (?<table>\d+)\b/u.exec(rest)?.groups?.['table'];
  return number === undefined ? null : Number(number);
};

const routeOf = (
  rest: string,
): Pick<Extract<KernelChange, { kind: 'route' }>, 'address' | 'table' | 'gone' | 'link'> | undefined => {
  // The kernel's own entries for local addresses and broadcasts say nothing about where the fabric delivers.
  if (/^(?:Deleted )?(?:local|broadcast|multicast|throw|unreachable|default) /u.test(rest)) return undefined;
  const found = route.exec(rest)?.groups;
  if (found?.['address'] === undefined) return undefined;
  return {
    address: found['address'],
    table: tableIn(rest),
    gone: found['gone'] !== undefined,
    link: found['hole'] === undefined ? (found['link'] ?? null) : null,
  };
};

/** One line; undefined when it tells of something else. The clock of the stamps is the machine's, in UTC. */
export const parseMonitorLine = (line: string): KernelChange | undefined => {
  const stamp = prefix.exec(line)?.groups;
  if (stamp === undefined) return undefined;
  const epochMs = Date.parse(`${stamp['day']}Z`) + Number(stamp['micros']) / microsPerMs;
  const nsid = stamp['nsid'] === 'current' ? null : Number(stamp['nsid']);
  const rest = stamp['rest'] ?? '';
  const bound = address.exec(rest)?.groups;
  if (bound?.['address'] !== undefined) {
    const left = bound['left'] ?? 'forever';
    return {
      kind: 'address',
      epochMs,
      nsid,
      address: bound['address'],
      gone: bound['gone'] !== undefined,
      lifetimeS: left === 'forever' ? null : Number.parseInt(left, 10),
    };
  }
  const led = routeOf(rest);
  return led === undefined ? undefined : { kind: 'route', epochMs, nsid, ...led };
};
