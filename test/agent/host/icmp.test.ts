// Proves the form of echo requests and replies, and, where this user may open such a socket, that
// the kernel answers them.
import { fstatSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HostError } from '../../../agent/errors.ts';
import {
  echoRequest,
  inetAddress,
  openPingSocket,
  type PingSocket,
  replyIn,
} from '../../../agent/host/icmp.ts';
import { until } from '../until.ts';

/** Whoever adds up the words of a right packet gets ones only. */
const sumOf = (packet: Buffer): number => {
  let sum = 0;
  for (let offset = 0; offset < packet.length; offset += 2) sum += packet.readUInt16BE(offset);
  return (sum & 0xffff) + (sum >>> 16);
};

describe('packets', () => {
  it('a request has its kind, id, sequence and a sum that is right', () => {
    const packet = echoRequest(0xabcd, 0x0102);
    expect(packet.subarray(0, 2).toString('hex')).toBe('0800');
    expect(packet.subarray(4, 8).toString('hex')).toBe('abcd0102');
    expect(sumOf(packet)).toBe(0xffff);
  });

  it('a reply is read with and without the header of a raw socket, and nothing else is taken for one', () => {
    const reply = Buffer.from('0000ffff00070005', 'hex');
    expect(replyIn(reply)).toBe(5);
    const header = Buffer.alloc(24);
    header.writeUInt8(0x46, 0);
    expect(replyIn(Buffer.concat([header, reply]), 7)).toBe(5);
    expect(replyIn(Buffer.concat([header, reply]), 8)).toBeUndefined();
    expect(replyIn(Buffer.from('0800ffff00070005', 'hex'))).toBeUndefined();
    expect(replyIn(reply.subarray(0, 7))).toBeUndefined();
    expect(replyIn(Buffer.from([0x45]), 7)).toBeUndefined();
  });

  it('an address is as the kernel takes it', () => {
    expect(inetAddress('172.31.0.1').toString('hex')).toBe('02000000ac1f00010000000000000000');
  });
});

describe('the socket', () => {
  it('hears the kernel’s own answers', async (context) => {
    const socket = await openPingSocket('127.0.0.1', 4711).catch((error: unknown) => error);
    if (socket instanceof HostError) return context.skip(`${socket.message}: ${socket.remedy}`);
    const { send, replies, close } = socket as PingSocket;
    const heard = new Set<number>();
    send(1);
    send(2);
    await until('both are answered', () => {
      for (const sequence of replies()) heard.add(sequence);
      return heard.size === 2;
    });
    expect(heard).toEqual(new Set([1, 2]));
    close();
  });

  it('tries the kind that needs no right first, and says what to do where neither is allowed', async () => {
    const kinds: number[] = [];
    const calls = async () => ({
      socket: (_domain: number, type: number) => {
        kinds.push(type & 0xf);
        return -1;
      },
      connect: () => 0,
    });
    await expect(openPingSocket('127.0.0.1', 1, calls)).rejects.toMatchObject({
      code: 'no-ping-socket',
      remedy: 'set the sysctl net.ipv4.ping_group_range to "0 0", as install.sh does',
    });
    expect(kinds).toEqual([2, 3]);
  });

  it('is closed again where no route leads to the address', async () => {
    const fd = openSync('/dev/null', 'r');
    const calls = async () => ({ socket: () => fd, connect: () => -1 });
    await expect(openPingSocket('10.0.0.1', 1, calls)).rejects.toMatchObject({ code: 'no-route' });
    expect(() => fstatSync(fd)).toThrow('EBADF');
  });
});
