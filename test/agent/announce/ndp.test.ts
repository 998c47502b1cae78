// Proves what neighbour advertisements and questions look like on the wire, and that what is none is read as none.
import { describe, expect, it } from 'vitest';
import { advertisement, parseAdvertisement, solicitation, targetOf } from '../../../agent/announce/ndp.ts';
import { advertisementsOnly, linkAddress } from '../../../agent/announce/packet-socket.ts';

const MAC = '02:4b:c0:a8:00:0b';
const VIP = '2001:db8:0:2::1:64';
const VIP_BYTES = '20010db8000000020000000000010064';
const HEADER_BYTES = 40;

/** By the definition: the one's complement sum over everything, the checksum included, is all ones. */
const isSummed = (packet: Buffer): boolean => {
  const message = packet.subarray(HEADER_BYTES);
  const rest = Buffer.from([0, 0, 0, message.length, 0, 0, 0, 58]);
  const all = Buffer.concat([packet.subarray(8, HEADER_BYTES), rest, message]);
  let sum = 0;
  for (let at = 0; at < all.length; at += 2) sum += all.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum === 0xffff;
};
const hex = (packet: Buffer): string => packet.toString('hex');

describe('an advertisement', () => {
  it('says to all nodes, in the name of the address, whose it is, and that this counts more than what they knew', () => {
    const { packet, toMac } = advertisement(MAC, VIP, false);
    expect(toMac).toBe('33:33:00:00:00:01');
    expect(hex(packet.subarray(0, HEADER_BYTES))).toBe(
      ['60000000', '0020', '3a', 'ff', VIP_BYTES, 'ff020000000000000000000000000001'].join(''),
    );
    const message = packet.subarray(HEADER_BYTES);
    expect([hex(message.subarray(0, 2)), hex(message.subarray(4))]).toEqual([
      '8800',
      ['20000000', VIP_BYTES, '0201', '024bc0a8000b'].join(''),
    ]);
    expect(isSummed(packet)).toBe(true);
  });

  it('of a router says so', () => {
    const { packet } = advertisement(MAC, VIP, true);
    expect(packet.readUInt8(HEADER_BYTES + 4)).toBe(0xa0);
    expect(isSummed(packet)).toBe(true);
  });

  it('is read with whatever else it says, and not when it is cut off, of another kind or without the hardware address', () => {
    const message = advertisement(MAC, VIP, false).packet.subarray(HEADER_BYTES);
    const said = { target: targetOf(VIP), mac: MAC };
    expect(parseAdvertisement(message)).toEqual(said);
    const other = Buffer.from([14, 1, 1, 2, 3, 4, 5, 6]);
    const [head, option] = [message.subarray(0, 24), message.subarray(24)];
    expect(parseAdvertisement(Buffer.concat([head, other, option]))).toEqual(said);
    const endless = Buffer.from([14, 0, 1, 2, 3, 4, 5, 6]);
    for (const bad of [
      message.subarray(0, 23),
      head,
      message.subarray(0, 31),
      Buffer.concat([head, endless, option]),
    ])
      expect(parseAdvertisement(bad)).toBeUndefined();
    const question = Buffer.from(message);
    question.writeUInt8(135, 0);
    expect(parseAdvertisement(question)).toBeUndefined();
  });
});

describe('a question', () => {
  it('goes to the address’s own group and speaks for nobody, so that no neighbour learns by it', () => {
    const { packet, toMac } = solicitation(VIP);
    expect(toMac).toBe('33:33:ff:01:00:64');
    expect(hex(packet.subarray(0, HEADER_BYTES))).toBe(
      ['60000000', '0018', '3a', 'ff', '0'.repeat(32), 'ff0200000000000000000001ff010064'].join(''),
    );
    const message = packet.subarray(HEADER_BYTES);
    expect([hex(message.subarray(0, 2)), hex(message.subarray(4))]).toEqual([
      '8700',
      ['00000000', VIP_BYTES].join(''),
    ]);
    expect(isSummed(packet)).toBe(true);
  });
});

describe('the socket', () => {
  it('sends to a group of the link as IPv6', () => {
    expect(hex(linkAddress(7, 'ndp', '33:33:00:00:00:01'))).toBe(
      ['1100', '86dd', '07000000', '0000', '00', '06', '333300000001', '0000'].join(''),
    );
  });

  it('hears advertisements and no other message of ICMPv6', () => {
    const filter = advertisementsOnly();
    const heard = Array.from({ length: 256 }, (_, type) => type).filter(
      (type) => (filter.readUInt32LE(4 * (type >>> 5)) & (1 << (type & 31))) === 0,
    );
    expect(heard).toEqual([136]);
  });
});
