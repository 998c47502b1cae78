/**
 * A socket for echo requests (ping). Node has none, so libc is called for it, once; from then on Node writes to it and
 * reads from it like any file.
 *
 * Two kinds will do. The kernel's ping socket needs no right, but the group of the agent must be in the sysctl
 * `net.ipv4.ping_group_range`, which install.sh sees to. A raw socket needs CAP_NET_RAW, which the unit does not give.
 */
import { closeSync, readSync, writeSync } from 'node:fs';
import { HostError } from '../errors.ts';

const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const IPPROTO_ICMP = 1;
/** Of `sockaddr_in`: the family, a port that means nothing here, the address, and eight bytes of nothing. */
const ADDRESS_BYTES = 16;
const ADDRESS_OFFSET = 4;

const ECHO_REPLY = 0;
const ECHO_REQUEST = 8;
const HEADER_BYTES = 8;
/** What follows the header has no meaning; some routers drop a request without. */
const DATA_BYTES = 24;
const READ_BYTES_MAX = 1500;

/** The ones' complement sum of RFC 1071, over an even number of bytes. */
const checksum = (packet: Buffer): number => {
  let sum = 0;
  for (let offset = 0; offset < packet.length; offset += 2) sum += packet.readUInt16BE(offset);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
};

/** An echo request. The kernel puts its own id into one that leaves by a ping socket. */
export const echoRequest = (id: number, sequence: number): Buffer => {
  const packet = Buffer.alloc(HEADER_BYTES + DATA_BYTES);
  packet.writeUInt8(ECHO_REQUEST, 0);
  packet.writeUInt16BE(id, 4);
  packet.writeUInt16BE(sequence, 6);
  packet.writeUInt16BE(checksum(packet), 2);
  return packet;
};

/**
 * The sequence number of an echo reply; undefined: it is something else, or for somebody else.
 * @param id only with a raw socket, which gets every reply for this host, and with the IP header before it
 */
export const replyIn = (packet: Buffer, id?: number): number | undefined => {
  const start = id === undefined ? 0 : (packet.readUInt8(0) & 0xf) * 4;
  if (packet.length < start + HEADER_BYTES || packet.readUInt8(start) !== ECHO_REPLY) return undefined;
  if (id !== undefined && packet.readUInt16BE(start + 4) !== id) return undefined;
  return packet.readUInt16BE(start + 6);
};

/** `sockaddr_in`, as the kernel takes it. */
export const inetAddress = (address: string): Buffer => {
  const bytes = Buffer.alloc(ADDRESS_BYTES);
  bytes.writeUInt16LE(AF_INET, 0);
  Buffer.from(address.split('.').map(Number)).copy(bytes, ADDRESS_OFFSET);
  return bytes;
};

/** A socket that sends to one address and hears from no other. */
export interface PingSocket {
  /** Sends a request. What the network says to an earlier one (no route, refused) is no reason to stop, and is left out. */
  readonly send: (sequence: number) => void;
  /** The sequence numbers of all replies that are there by now. */
  readonly replies: () => number[];
  readonly close: () => void;
}

const refused = (): HostError =>
  new HostError('no-ping-socket', 'this host lets the agent open no socket for pings', {
    remedy: 'set the sysctl net.ipv4.ping_group_range to "0 0", as install.sh does',
  });

/** Undefined: nothing is there, or only the news that an earlier request did not arrive. */
const readFrom = (fd: number, buffer: Buffer): Buffer | undefined => {
  try {
    return buffer.subarray(0, readSync(fd, buffer));
  } catch {
    return undefined;
  }
};

/** @param id of a raw socket */
const socketOn = (fd: number, id: number | undefined): PingSocket => {
  const buffer = Buffer.alloc(READ_BYTES_MAX);
  return {
    send: (sequence) => {
      try {
        writeSync(fd, echoRequest(id ?? 0, sequence));
      } catch {
        // It is as good as lost, and is counted so.
      }
    },
    replies: () => {
      const found: number[] = [];
      for (let packet = readFrom(fd, buffer); packet !== undefined; packet = readFrom(fd, buffer)) {
        const sequence = packet.length === 0 ? undefined : replyIn(packet, id);
        if (sequence !== undefined) found.push(sequence);
      }
      return found;
    },
    close: () => closeSync(fd),
  };
};

/** What is called of the C library; replaced in tests. */
export interface SocketCalls {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly connect: (fd: number, address: Buffer, length: number) => number;
}

const loadLibc = async (): Promise<SocketCalls> => {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load('libc.so.6');
  const socket = libc.func('int socket(int domain, int type, int protocol)');
  const connect = libc.func('int connect(int fd, const uint8_t *address, uint32_t length)');
  return {
    socket: (domain, type, protocol) => Number(socket(domain, type, protocol)),
    connect: (fd, address, length) => Number(connect(fd, address, length)),
  };
};
let loaded: Promise<SocketCalls> | undefined;
const libcOnce = (): Promise<SocketCalls> => {
  loaded ??= loadLibc();
  return loaded;
};

/**
 * Opens a socket for pings to `address`.
 * @param id tells this run's requests from others', 0 to 65535
 * @throws HostError `no-ping-socket` where neither kind is allowed; `no-route` where nothing leads to the address
 */
export const openPingSocket = async (
  address: string,
  id: number,
  calls: () => Promise<SocketCalls> = libcOnce,
): Promise<PingSocket> => {
  const { socket, connect } = await calls();
  const openAs = (type: number): number => socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP);
  const plain = openAs(SOCK_DGRAM);
  const fd = plain >= 0 ? plain : openAs(SOCK_RAW);
  if (fd < 0) throw refused();
  const target = inetAddress(address);
  if (connect(fd, target, target.length) !== 0) {
    closeSync(fd);
    throw new HostError('no-route', `no route leads to ${address}`, { remedy: 'look at: ip route' });
  }
  return socketOn(fd, plain >= 0 ? undefined : id);
};
