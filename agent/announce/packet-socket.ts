/**
 * Frames to an interface, and what neighbours say on it. Node has no packet sockets and the kernel announces no address that is added,
 * so libc is called, as for systemd's socket. Needs CAP_NET_RAW and the address family AF_PACKET, which only the drop-in `l2.conf`
 * gives to the unit.
 */
import { HostError } from '../errors.ts';
import { MAC_BYTES, macBytes } from './mac.ts';
import { ADVERTISEMENT, type Frame } from './ndp.ts';
import type { Protocol } from './words.ts';

const AF_INET6 = 10;
const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_BINDTODEVICE = 25;
const IPPROTO_ICMPV6 = 58;
const ICMP6_FILTER = 1;
const ETHERTYPES: Readonly<Record<Protocol, number>> = { arp: 0x0806, ndp: 0x86dd };
/** `sockaddr_ll`: family, protocol, interface, hardware type, packet type, length of the address, eight bytes of it. */
const ADDRESS_BYTES = 20;
/** More than what neighbours say takes, padding included. */
const RECEIVE_BYTES = 128;
/** A bit for each type; one that is set is not heard. */
const FILTER_BYTES = 32;
/** A flood must not keep the loop. */
const TAKEN_MAX = 64;

/** What has arrived since it was opened. */
export interface Ear {
  readonly take: () => Buffer[];
  readonly close: () => void;
}

export interface PacketSocket {
  /** @throws HostError `announce-failed` */
  readonly send: (device: string, protocol: Protocol, frame: Frame) => void;
  /** ARP packets, or ICMPv6's neighbour advertisements, on one interface. @throws HostError `announce-failed` */
  readonly listen: (device: string, protocol: Protocol) => Ear;
}

/** An interface's address as `bind` and `sendto` take it, to one neighbour or to many. */
export const linkAddress = (index: number, protocol: Protocol, toMac: string): Buffer => {
  const address = Buffer.alloc(ADDRESS_BYTES);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETHERTYPES[protocol], 2);
  address.writeInt32LE(index, 4);
  address.writeUInt8(MAC_BYTES, 11);
  macBytes(toMac).copy(address, 12);
  return address;
};

/** Lets advertisements through and nothing else: words of 32 bits in the byte order of the machine, which is little-endian here. */
export const advertisementsOnly = (): Buffer => {
  const filter = Buffer.alloc(FILTER_BYTES, 0xff);
  const at = Math.floor(ADVERTISEMENT / 8);
  filter.writeUInt8(0xff & ~(1 << (ADVERTISEMENT % 8)), at);
  return filter;
};

const REMEDY =
  'it needs CAP_NET_RAW and AF_PACKET: put /opt/keepaloft/current/l2.conf into /etc/systemd/system/keepaloft-agent.service.d/, then ' +
  'systemctl daemon-reload, and start the agent again. docs/fabrics.md says more';

const failed = (what: string): HostError => new HostError('announce-failed', what, { remedy: REMEDY });

const openLibc = async () => {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load('libc.so.6');
  return {
    open: libc.func('int socket(int domain, int type, int protocol)'),
    bindTo: libc.func('int bind(int fd, const uint8_t *address, uint32_t length)'),
    shut: libc.func('int close(int fd)'),
    indexOf: libc.func('uint32_t if_nametoindex(const char *name)'),
    sendTo: libc.func(
      'long sendto(int fd, const uint8_t *bytes, size_t length, int flags, const uint8_t *address, uint32_t size)',
    ),
    receive: libc.func('long recv(int fd, _Out_ uint8_t *bytes, size_t length, int flags)'),
    setOption: libc.func(
      'int setsockopt(int fd, int level, int name, const uint8_t *value, uint32_t length)',
    ),
  };
};

/**
 * Opens libc. The socket that sends receives nothing: its protocol is none.
 * @throws HostError `announce-failed` when this process may not; Error when the library cannot be loaded
 */
export const openPacketSocket = async (): Promise<PacketSocket> => {
  const libc = await openLibc();
  const openWith = (domain: number, type: number, protocol: number): number => {
    const fd = Number(libc.open(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
    if (fd < 0) throw failed('the kernel gives this process no packet socket');
    return fd;
  };
  const indexOf = (device: string): number => {
    const index = Number(libc.indexOf(device));
    if (index === 0) throw failed(`there is no interface ${device}`);
    return index;
  };
  // Of no protocol until it is bound, so that no other interface's packets are in it.
  const openArp = (device: string): { fd: number; isOn: boolean } => {
    const address = linkAddress(indexOf(device), 'arp', '');
    const fd = openWith(AF_PACKET, SOCK_DGRAM, 0);
    return { fd, isOn: Number(libc.bindTo(fd, address, address.length)) === 0 };
  };
  const set = (fd: number, level: number, name: number, value: Buffer): boolean =>
    Number(libc.setOption(fd, level, name, value, value.length)) === 0;
  // A packet socket would have all of IPv6 in it, and whatever else the interface hears would hide the answer.
  const openNdp = (device: string): { fd: number; isOn: boolean } => {
    const fd = openWith(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    const isOn =
      set(fd, IPPROTO_ICMPV6, ICMP6_FILTER, advertisementsOnly()) &&
      set(fd, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${device}\0`));
    return { fd, isOn };
  };
  const earOf = (fd: number): Ear => {
    const next = (): Buffer | undefined => {
      const bytes = Buffer.alloc(RECEIVE_BYTES);
      const length = Number(libc.receive(fd, bytes, bytes.length, 0));
      return length > 0 ? bytes.subarray(0, length) : undefined;
    };
    const take = (): Buffer[] => {
      const packets: Buffer[] = [];
      for (let count = 0; count < TAKEN_MAX; count += 1) {
        const packet = next();
        if (packet === undefined) break;
        packets.push(packet);
      }
      return packets;
    };
    return { take, close: () => void libc.shut(fd) };
  };
  const sender = openWith(AF_PACKET, SOCK_DGRAM, 0);
  return {
    send: (device, protocol, { packet, toMac }) => {
      const address = linkAddress(indexOf(device), protocol, toMac);
      const sent = Number(libc.sendTo(sender, packet, packet.length, 0, address, address.length));
      if (sent !== packet.length) throw failed(`${device} does not take the packet`);
    },
    listen: (device, protocol) => {
      const { fd, isOn } = protocol === 'arp' ? openArp(device) : openNdp(device);
      if (isOn) return earOf(fd);
      libc.shut(fd);
      throw failed(`the kernel lets nobody listen on ${device}`);
    },
  };
};
