// Proves that BFD packets survive the wire, that no datagram at all is a crash, and that each check of reception refuses.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ControlPacket,
  DIAGNOSTICS,
  decodePacket,
  encodePacket,
  PACKET_BYTES,
  SESSION_STATES,
} from '../../../core/bfd/packet.ts';
import { isForwarded, MULTIHOP_PORT, SINGLE_HOP_PORT } from '../../../core/bfd/transport.ts';

const uint32 = fc.nat({ max: 2 ** 32 - 1 });

const packets = fc
  .record<ControlPacket>({
    diag: fc.constantFrom(...DIAGNOSTICS),
    state: fc.constantFrom(...SESSION_STATES),
    poll: fc.boolean(),
    final: fc.boolean(),
    demand: fc.boolean(),
    multiplier: fc.integer({ min: 1, max: 255 }),
    myDiscriminator: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    yourDiscriminator: uint32,
    desiredMinTxUs: uint32,
    requiredMinRxUs: uint32,
  })
  .filter(
    ({ state, yourDiscriminator }) => yourDiscriminator !== 0 || state === 'down' || state === 'admin-down',
  );

/** Version 1, up, multiplier 3, from 1 to 2, 50 ms both ways: RFC 5880 §4.1, written down by hand. */
const up = (): Uint8Array =>
  Uint8Array.from([
    0x20, 0xc0, 3, 24, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50, 0, 0, 0, 0,
  ]);

const changed = (at: number, value: number): Uint8Array => {
  const bytes = up();
  bytes[at] = value;
  return bytes;
};

describe('a control packet', () => {
  it('comes back from the wire as it went in', () => {
    fc.assert(
      fc.property(packets, (packet) => {
        const bytes = encodePacket(packet);
        expect(bytes).toHaveLength(PACKET_BYTES);
        expect(decodePacket(bytes)).toEqual({ packet });
      }),
      { numRuns: 500 },
    );
  });

  it('has its bytes where the RFC has them', () => {
    const packet: ControlPacket = {
      diag: 'none',
      state: 'up',
      poll: false,
      final: false,
      demand: false,
      multiplier: 3,
      myDiscriminator: 1,
      yourDiscriminator: 2,
      desiredMinTxUs: 50_000,
      requiredMinRxUs: 50_000,
    };
    expect(encodePacket(packet)).toEqual(up());
    expect(encodePacket({ ...packet, poll: true })).toEqual(changed(1, 0xe0));
    expect(encodePacket({ ...packet, final: true })).toEqual(changed(1, 0xd0));
    expect(encodePacket({ ...packet, demand: true })).toEqual(changed(1, 0xc2));
    expect(encodePacket({ ...packet, diag: 'administratively-down', state: 'admin-down' })).toEqual(
      Uint8Array.from([0x27, 0x00, ...up().slice(2)]),
    );
  });

  it('may be followed by something, and may lie in the middle of a buffer', () => {
    const padded = Uint8Array.from([9, 9, ...up(), 7, 7, 7]);
    expect(decodePacket(padded.subarray(2)).packet).toEqual(decodePacket(up()).packet);
  });

  it('with a diagnostic of the future is read as one without', () => {
    expect(decodePacket(changed(0, 0x3f)).packet?.diag).toBe('none');
  });
});

describe('a datagram', () => {
  it('of any bytes is a packet or a refusal, never a crash', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64, size: 'max' }), (bytes) => {
        const { packet, refusal } = decodePacket(bytes);
        expect(packet === undefined).toBe(refusal !== undefined);
      }),
      { numRuns: 1000 },
    );
  });

  it('that is nearly a packet is a packet or a refusal, and then says again what it said', () => {
    const spoilt = fc.tuple(packets, fc.nat({ max: PACKET_BYTES - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(spoilt, ([packet, at, value]) => {
        const bytes = encodePacket(packet);
        bytes[at] = value;
        const decoded = decodePacket(bytes);
        const again = decoded.packet === undefined ? decoded : decodePacket(encodePacket(decoded.packet));
        expect(again).toEqual(decoded);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['shorter than the mandatory section', up().slice(0, 23), 'short'],
    ['empty', new Uint8Array(0), 'short'],
    ['of version 0', changed(0, 0x00), 'version'],
    ['of version 2', changed(0, 0x40), 'version'],
    ['with a length below 24', changed(3, 23), 'length'],
    ['that claims authentication without room for it', changed(1, 0xc4), 'length'],
    ['with a length beyond its end', changed(3, 25), 'truncated'],
    ['with a multiplier of zero', changed(2, 0), 'multiplier-zero'],
    ['with the multipoint bit', changed(1, 0xc1), 'multipoint'],
    ['without a discriminator of its own', changed(7, 0), 'discriminator-zero'],
    ['that is up towards nobody', changed(11, 0), 'stateful-without-discriminator'],
    [
      'that is init towards nobody',
      Uint8Array.from([0x20, 0x80, ...changed(11, 0).slice(2)]),
      'stateful-without-discriminator',
    ],
    [
      'with authentication, which no session uses',
      Uint8Array.from([0x20, 0xc4, 3, 28, ...up().slice(4), 1, 4, 1, 0x61]),
      'authenticated',
    ],
  ] as const)('%s is refused', (_, bytes, refusal) => {
    expect(decodePacket(bytes)).toEqual({ refusal });
  });

  it.each([
    ['down', 0x40],
    ['admin-down', 0x00],
  ])('towards nobody is a greeting when it is %s', (state, flags) => {
    const bytes = Uint8Array.from([0x20, flags, ...changed(11, 0).slice(2)]);
    expect(decodePacket(bytes).packet).toMatchObject({ state, yourDiscriminator: 0 });
  });
});

describe('the TTL of a packet', () => {
  it('must be 255 on one link, where it can be seen', () => {
    expect(isForwarded(SINGLE_HOP_PORT, 254)).toBe(true);
    expect(isForwarded(SINGLE_HOP_PORT, 255)).toBe(false);
    expect(isForwarded(SINGLE_HOP_PORT, undefined)).toBe(false);
  });

  it('says nothing across routers', () => {
    expect(isForwarded(MULTIHOP_PORT, 3)).toBe(false);
  });
});
