/**
 * Neighbour discovery of IPv6 over Ethernet (RFC 4861): what is sent, with its IPv6 header and without the Ethernet one, which the
 * kernel writes; and what is heard, without either.
 */
import { ipv6Number } from '../../core/wire/ipv6.ts';
import { MAC_BYTES, macBytes, macText } from './mac.ts';

const ADDRESS_BYTES = 16;
const HEADER_BYTES = 40;
const VERSION = 6;
const ICMPV6 = 58;
/** Whoever hears another value drops the packet: it has passed a router. */
const HOP_LIMIT = 255;
const SOLICITATION = 135;
export const ADVERTISEMENT = 136;
/** Type, code, checksum, flags, target. */
const MESSAGE_BYTES = 24;
const TARGET_AT = 8;
const TARGET_LINK_ADDRESS = 2;
const OPTION_UNIT_BYTES = 8;
const IS_ROUTER = 0x80;
const OVERRIDE = 0x20;
const UNSPECIFIED = '::';
const ALL_NODES = 'ff02::1';
const ALL_NODES_MAC = '33:33:00:00:00:01';

/** What goes to whom. */
export interface Frame {
  readonly packet: Buffer;
  readonly toMac: string;
}

const bytesOf = (address: string): Buffer =>
  Buffer.from((ipv6Number(address) ?? 0n).toString(16).padStart(2 * ADDRESS_BYTES, '0'), 'hex');

/** The Internet checksum (RFC 1071) over an even number of bytes. */
const checksumOf = (bytes: Buffer): number => {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};

/** Over what RFC 8200 §8.1 counts besides the message: both addresses, the length, and what follows. */
const withChecksum = (message: Buffer, from: Buffer, to: Buffer): Buffer => {
  const rest = Buffer.alloc(8);
  rest.writeUInt32BE(message.length, 0);
  rest.writeUInt8(ICMPV6, 7);
  const whole = Buffer.from(message);
  whole.writeUInt16BE(checksumOf(Buffer.concat([from, to, rest, message])), 2);
  return whole;
};

const packetOf = (message: Buffer, source: string, destination: string): Buffer => {
  const [from, to] = [bytesOf(source), bytesOf(destination)];
  const header = Buffer.alloc(HEADER_BYTES - 2 * ADDRESS_BYTES);
  header.writeUInt8(VERSION << 4, 0);
  header.writeUInt16BE(message.length, 4);
  header.writeUInt8(ICMPV6, 6);
  header.writeUInt8(HOP_LIMIT, 7);
  return Buffer.concat([header, from, to, withChecksum(message, from, to)]);
};

const messageOf = (type: number, flags: number, address: string, options = Buffer.alloc(0)): Buffer => {
  const head = Buffer.alloc(TARGET_AT);
  head.writeUInt8(type, 0);
  head.writeUInt8(flags, 4);
  return Buffer.concat([head, bytesOf(address), options]);
};

/**
 * "This address is mine", unasked (§7.2.6): neighbours that have an entry for it put the sender in it, at once, and others make none.
 * @param isRouter a neighbour that uses the address as its router would look for another one if it were not said
 */
export const advertisement = (mac: string, address: string, isRouter: boolean): Frame => {
  const option = Buffer.concat([Buffer.from([TARGET_LINK_ADDRESS, 1]), macBytes(mac)]);
  const message = messageOf(ADVERTISEMENT, OVERRIDE | (isRouter ? IS_ROUTER : 0), address, option);
  return { packet: packetOf(message, address, ALL_NODES), toMac: ALL_NODES_MAC };
};

/** "Who has this address?", asked by nobody, so that no neighbour learns anything by it: as whoever detects duplicates asks (RFC 4862 §5.4.2). */
export const solicitation = (address: string): Frame => {
  const last = bytesOf(address)
    .subarray(ADDRESS_BYTES - 3)
    .toString('hex');
  const group = `ff02::1:ff${last.slice(0, 2)}:${last.slice(2)}`;
  return {
    packet: packetOf(messageOf(SOLICITATION, 0, address), UNSPECIFIED, group),
    toMac: macText(Buffer.from(`3333ff${last}`, 'hex')),
  };
};

/** Somebody says that it has an address. */
export interface Advertised {
  /** The address's sixteen bytes in hexadecimal. */
  readonly target: string;
  readonly mac: string;
}

/** The sixteen bytes of an address, as {@link Advertised} has them. */
export const targetOf = (address: string): string => bytesOf(address).toString('hex');

/** Reads a message of ICMPv6; undefined when it is no advertisement, or does not say whose it is. */
export const parseAdvertisement = (message: Uint8Array): Advertised | undefined => {
  const bytes = Buffer.from(message);
  if (bytes.length < MESSAGE_BYTES || bytes.readUInt8(0) !== ADVERTISEMENT) return undefined;
  const target = bytes.subarray(TARGET_AT, MESSAGE_BYTES).toString('hex');
  for (let at = MESSAGE_BYTES; at + OPTION_UNIT_BYTES <= bytes.length; ) {
    const units = bytes.readUInt8(at + 1);
    if (bytes.readUInt8(at) === TARGET_LINK_ADDRESS)
      return { target, mac: macText(bytes.subarray(at + 2, at + 2 + MAC_BYTES)) };
    // One without a length would be read for ever.
    if (units === 0) return undefined;
    at += units * OPTION_UNIT_BYTES;
  }
  return undefined;
};
