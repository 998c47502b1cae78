/** What a host can see of the fabric by itself. */
import type { GroupProfile } from './types.ts';

/** The VIPs that the witness lists while the fabric delivers them to this host. */
export const seenBy = ({ seen, vips }: GroupProfile): readonly string[] => seen ?? vips;
