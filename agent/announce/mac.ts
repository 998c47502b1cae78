/** Hardware addresses of Ethernet: as people write them, and as they go over the wire. */
import * as z from 'zod/mini';

export const MAC_BYTES = 6;
export const NO_MAC = '00:00:00:00:00:00';
/** To all on the network. */
export const EVERYBODY = 'ff:ff:ff:ff:ff:ff';

const macSchema = z.string().check(z.regex(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/));

/** A MAC that can be a sender's; undefined for none (loopback, tunnels). */
export const parseMac = (text: string): string | undefined => {
  const mac = text.toLowerCase();
  return mac !== NO_MAC && macSchema.safeParse(mac).success ? mac : undefined;
};

export const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll(':', ''), 'hex');

export const macText = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
