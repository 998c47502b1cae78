/**
 * ARP to and from an interface. Node has no packet sockets and the kernel announces no address that is added, so libc is called,
 * as for systemd's socket. Needs CAP_NET_RAW and the address family AF_PACKET, which only the drop-in `l2.conf` gives to the unit.
 */
import { HostError } from '../errors.ts';

const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const ETH_P_ARP = 0x0806;
const MAC_BYTES = 6;
/** `sockaddr_ll`: family, protocol, interface, hardware type, packet type, length of the address, eight bytes of it. */
const ADDRESS_BYTES = 20;
/** More than an ARP packet, padding included. */
const RECEIVE_BYTES = 128;

export interface ArpSocket {
  /** Sends to every neighbour on the interface. @throws HostError `announce-failed` */
  readonly broadcast: (device: string, packet: Buffer) => void;
  /** The packets that have arrived on the interface since it was opened; `close` ends it. @throws HostError */
  readonly listen: (device: string) => { readonly take: () => Buffer[]; readonly close: () => void };
}

/** An interface's address as `bind` and `sendto` take it, to everybody on it. */
export const linkAddress = (index: number): Buffer => {
  const address = Buffer.alloc(ADDRESS_BYTES);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ARP, 2);
  address.writeInt32LE(index, 4);
  address.writeUInt8(MAC_BYTES, 11);
  address.fill(0xff, 12, 12 + MAC_BYTES);
  return address;
};

const REMEDY =
  'it needs CAP_NET_RAW and AF_PACKET: put /opt/keepaloft/current/l2.conf into /etc/systemd/system/keepaloft-agent.service.d/, then ' +
  'systemctl daemon-reload, and start the agent again. docs/fabrics.md says more';

const failed = (what: string): HostError => new HostError('announce-failed', what, { remedy: REMEDY });

/**
 * Opens libc. The socket that sends receives nothing: its protocol is none.
 * @throws HostError `announce-failed` when this process may not; Error when the library cannot be loaded
 */
export const openArpSocket = async (): Promise<ArpSocket> => {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load('libc.so.6');
  const open = libc.func('int socket(int domain, int type, int protocol)');
  const bindTo = libc.func('int bind(int fd, const uint8_t *address, uint32_t length)');
  const shut = libc.func('int close(int fd)');
  const indexOf = libc.func('uint32_t if_nametoindex(const char *name)');
  const sendTo = libc.func(
    'long sendto(int fd, const uint8_t *bytes, size_t length, int flags, const uint8_t *address, uint32_t size)',
  );
  const receive = libc.func('long recv(int fd, _Out_ uint8_t *bytes, size_t length, int flags)');
  const openWith = (protocol: number): number => {
    const fd = Number(open(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol));
    if (fd < 0) throw failed('the kernel gives this process no packet socket');
    return fd;
  };
  const addressOf = (device: string): Buffer => {
    const index = Number(indexOf(device));
    if (index === 0) throw failed(`there is no interface ${device}`);
    return linkAddress(index);
  };
  const sender = openWith(0);
  return {
    broadcast: (device, packet) => {
      const address = addressOf(device);
      const sent = Number(sendTo(sender, packet, packet.length, 0, address, address.length));
      if (sent !== packet.length) throw failed(`${device} does not take the packet`);
    },
    listen: (device) => {
      const address = addressOf(device);
      // Of no protocol until it is bound, so that no other interface's packets are in it.
      const fd = openWith(0);
      if (Number(bindTo(fd, address, address.length)) !== 0) {
        shut(fd);
        throw failed(`the kernel lets nobody listen on ${device}`);
      }
      const next = (): Buffer | undefined => {
        const bytes = Buffer.alloc(RECEIVE_BYTES);
        const length = Number(receive(fd, bytes, bytes.length, 0));
        return length > 0 ? bytes.subarray(0, length) : undefined;
      };
      const take = (): Buffer[] => {
        const packets: Buffer[] = [];
        // A flood must not keep the loop.
        for (let count = 0; count < 64; count += 1) {
          const packet = next();
          if (packet === undefined) break;
          packets.push(packet);
        }
        return packets;
      };
      return { take, close: () => void shut(fd) };
    },
  };
};
