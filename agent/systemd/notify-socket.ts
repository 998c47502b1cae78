/**
 * systemd's notification socket. Node has no datagram sockets of unix, and systemd believes the agent's own process only
 * (`NotifyAccess=main`): so libc is called for the socket, once, and Node writes to it like to any file.
 */

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
/** A message that finds the queue full is dropped: the next one says the same. */
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
/** Of `sockaddr_un`: the family, then the path. */
const PATH_OFFSET = 2;
const PATH_BYTES_MAX = 107;

/** The address as the kernel takes it; a leading `@` stands for an abstract name's NUL. */
export const socketAddress = (path: string): Buffer => {
  const name = Buffer.from(path.replace(/^@/, '\0'), 'utf8');
  const address = Buffer.alloc(
    PATH_OFFSET + Math.min(name.length, PATH_BYTES_MAX) + (path.startsWith('@') ? 0 : 1),
  );
  address.writeUInt16LE(AF_UNIX);
  name.copy(address, PATH_OFFSET);
  return address;
};

/**
 * Connects to the socket and returns the file descriptor to write messages to.
 * @throws Error when the library cannot be loaded or the socket is not there
 */
export const connectNotifySocket = async (path: string): Promise<number> => {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load('libc.so.6');
  const open = libc.func('int socket(int domain, int type, int protocol)');
  const connect = libc.func('int connect(int fd, const uint8_t *address, uint32_t length)');
  const fd = Number(open(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const address = socketAddress(path);
  if (fd < 0 || Number(connect(fd, address, address.length)) !== 0) {
    throw new Error(`the socket ${path} cannot be connected`);
  }
  return fd;
};
