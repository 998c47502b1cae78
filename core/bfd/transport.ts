/** How BFD travels over UDP: RFC 5881 for neighbours on one link, RFC 5883 for neighbours behind routers. */

/** Between neighbours on one link. */
export const SINGLE_HOP_PORT = 3784;
/** Between neighbours that routers separate, and the only kind that a VPC has. */
export const MULTIHOP_PORT = 4784;

/** Where the port that a session sends from lies, and stays. */
export const SOURCE_PORT_MIN = 49_152;
export const SOURCE_PORT_MAX = 65_535;

/** What every packet is sent with, so that a receiver on the same link can tell that no router has forwarded it. */
export const TTL = 255;

/**
 * Whether a packet must be dropped for its TTL: on one link every other value says that it came from elsewhere (RFC
 * 5881 §5). Across routers the value says nothing.
 *
 * @param ttl undefined where the receiver cannot see it: then whoever can must keep such packets away
 */
export const isForwarded = (port: number, ttl: number | undefined): boolean =>
  port === SINGLE_HOP_PORT && ttl !== undefined && ttl !== TTL;
