// Proves what announcements and questions look like on the wire, and that what is no ARP for IPv4 is none.
import { describe, expect, it } from 'vitest';
import { announcement, parseArp, probe } from '../../../agent/announce/arp.ts';
import { EVERYBODY, parseMac } from '../../../agent/announce/mac.ts';
import { linkAddress } from '../../../agent/announce/packet-socket.ts';

const MAC = '02:4b:c0:a8:00:0b';
const VIP = '192.168.0.100';

describe('an ARP packet', () => {
  it('that announces asks for the address in the name of the address', () => {
    expect(announcement(MAC, VIP).toString('hex')).toBe(
      ['0001080006040001', '024bc0a8000b', 'c0a80064', '000000000000', 'c0a80064'].join(''),
    );
  });

  it('that asks speaks for nobody, so that no neighbour learns by it', () => {
    expect(parseArp(probe(MAC, VIP))).toEqual({
      operation: 1,
      senderMac: MAC,
      sender: '0.0.0.0',
      targetMac: '00:00:00:00:00:00',
      target: VIP,
    });
  });

  it('is read with the padding of short frames, and not when it is cut off or of another kind', () => {
    const packet = announcement(MAC, VIP);
    expect(parseArp(Buffer.concat([packet, Buffer.alloc(18)]))).toMatchObject({
      sender: VIP,
      senderMac: MAC,
    });
    expect(parseArp(packet.subarray(0, 27))).toBeUndefined();
    for (const [place, value] of [
      [1, 6],
      [2, 0x86],
      [4, 8],
      [5, 16],
    ] as const) {
      const other = Buffer.from(packet);
      other.writeUInt8(value, place);
      expect(parseArp(other)).toBeUndefined();
    }
  });

  it('has no sender on an interface without a hardware address', () => {
    expect(['00:00:00:00:00:00', '', '02:4b', 'zz:4b:c0:a8:00:0b'].map(parseMac)).toEqual(
      Array(4).fill(undefined),
    );
    expect(parseMac('02:4B:C0:A8:00:0B')).toBe(MAC);
  });

  it('goes to everybody on one interface', () => {
    expect(linkAddress(7, 'arp', EVERYBODY).toString('hex')).toBe(
      ['1100', '0806', '07000000', '0000', '00', '06', 'ffffffffffff', '0000'].join(''),
    );
  });
});
