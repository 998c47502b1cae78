/** ARP packets for IPv4 over Ethernet (RFC 826), without the Ethernet header: the kernel writes that one. */
import { MAC_BYTES, macBytes, macText, NO_MAC } from './mac.ts';

const ETHERNET = 1;
const IPV4 = 0x0800;
const IPV4_BYTES = 4;
const REQUEST = 1;
const PACKET_BYTES = 28;
const ANY = '0.0.0.0';

export interface ArpPacket {
  readonly operation: number;
  readonly senderMac: string;
  readonly sender: string;
  readonly targetMac: string;
  readonly target: string;
}

const write = ({ operation, senderMac, sender, targetMac, target }: ArpPacket): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(ETHERNET, 0);
  head.writeUInt16BE(IPV4, 2);
  head.writeUInt8(MAC_BYTES, 4);
  head.writeUInt8(IPV4_BYTES, 5);
  head.writeUInt16BE(operation, 6);
  const ip = (text: string): Buffer => Buffer.from(text.split('.').map(Number));
  return Buffer.concat([head, macBytes(senderMac), ip(sender), macBytes(targetMac), ip(target)]);
};

/**
 * "This address is mine": a request for the address by the address (RFC 5227, 2.3). Neighbours that have an entry for it
 * put the sender in it, at once; it makes none where there is none, and such a neighbour asks when it needs the address.
 */
export const announcement = (mac: string, address: string): Buffer =>
  write({ operation: REQUEST, senderMac: mac, sender: address, targetMac: NO_MAC, target: address });

/** "Who has this address?", asked by nobody, so that no neighbour learns anything by it (RFC 5227, 2.1.1). */
export const probe = (mac: string, address: string): Buffer =>
  write({ operation: REQUEST, senderMac: mac, sender: ANY, targetMac: NO_MAC, target: address });

/** Reads a packet from the network; undefined when it is none of IPv4 over Ethernet. */
export const parseArp = (packet: Uint8Array): ArpPacket | undefined => {
  const bytes = Buffer.from(packet);
  // Short frames are padded on their way.
  if (bytes.length < PACKET_BYTES) return undefined;
  if (bytes.readUInt16BE(0) !== ETHERNET || bytes.readUInt16BE(2) !== IPV4) return undefined;
  if (bytes.readUInt8(4) !== MAC_BYTES || bytes.readUInt8(5) !== IPV4_BYTES) return undefined;
  const mac = (at: number): string => macText(bytes.subarray(at, at + MAC_BYTES));
  const ip = (at: number): string => [...bytes.subarray(at, at + IPV4_BYTES)].join('.');
  return {
    operation: bytes.readUInt16BE(6),
    senderMac: mac(8),
    sender: ip(14),
    targetMac: mac(18),
    target: ip(24),
  };
};
