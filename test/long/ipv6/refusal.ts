/** Whether labs on this machine can have IPv6. */
import { existsSync } from 'node:fs';

/** Why not, or undefined when they can. */
export const ipv6Refusal = (): string | undefined =>
  existsSync('/proc/sys/net/ipv6') ? undefined : 'the kernel of this machine has no IPv6';
