/** The control packet of BFD (RFC 5880 §4.1) as bytes, and every check of its reception that needs no session (§6.8.6). */

/** In the order of their numbers on the wire. */
export const SESSION_STATES = ['admin-down', 'down', 'init', 'up'] as const;
export type SessionState = (typeof SESSION_STATES)[number];

/** Why a session last changed its state, in the order of their numbers on the wire. */
export const DIAGNOSTICS = [
  'none',
  'detection-time-expired',
  'echo-failed',
  'neighbour-signalled-down',
  'forwarding-plane-reset',
  'path-down',
  'concatenated-path-down',
  'administratively-down',
  'reverse-concatenated-path-down',
] as const;
export type Diagnostic = (typeof DIAGNOSTICS)[number];

/** A control packet without authentication. Intervals are in microseconds, as on the wire. */
export interface ControlPacket {
  /** A number above eight has no name yet: `none`. */
  readonly diag: Diagnostic;
  readonly state: SessionState;
  readonly poll: boolean;
  readonly final: boolean;
  readonly demand: boolean;
  /** 1 to 255. */
  readonly multiplier: number;
  /** 1 to 2³² − 1. */
  readonly myDiscriminator: number;
  /** 0: the sender does not know it. */
  readonly yourDiscriminator: number;
  readonly desiredMinTxUs: number;
  /** 0: the sender wants no periodic packets. */
  readonly requiredMinRxUs: number;
}

/** Why a datagram is no packet of any session. */
export type Refusal =
  | 'short'
  | 'version'
  | 'length'
  | 'truncated'
  | 'multiplier-zero'
  | 'multipoint'
  | 'discriminator-zero'
  | 'stateful-without-discriminator'
  | 'authenticated';

export type Decoded =
  | { readonly packet: ControlPacket; readonly refusal?: undefined }
  | { readonly packet?: undefined; readonly refusal: Refusal };

export const PACKET_BYTES = 24;
const AUTHENTICATED_BYTES_MIN = 26;
const VERSION = 1;

const POLL = 0x20;
const FINAL = 0x10;
const AUTHENTICATED = 0x04;
const DEMAND = 0x02;
const MULTIPOINT = 0x01;

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * The bytes of a packet. Echo packets are never asked for.
 *
 * @example socket.send(encodePacket(packet), MULTIHOP_PORT, address)
 */
export const encodePacket = (packet: ControlPacket): Uint8Array => {
  const bytes = new Uint8Array(PACKET_BYTES);
  const view = viewOf(bytes);
  const flags = (packet.poll ? POLL : 0) | (packet.final ? FINAL : 0) | (packet.demand ? DEMAND : 0);
  view.setUint8(0, (VERSION << 5) | DIAGNOSTICS.indexOf(packet.diag));
  view.setUint8(1, (SESSION_STATES.indexOf(packet.state) << 6) | flags);
  view.setUint8(2, packet.multiplier);
  view.setUint8(3, PACKET_BYTES);
  view.setUint32(4, packet.myDiscriminator);
  view.setUint32(8, packet.yourDiscriminator);
  view.setUint32(12, packet.desiredMinTxUs);
  view.setUint32(16, packet.requiredMinRxUs);
  return bytes;
};

/** The checks of §6.8.6, in its order. Authentication is last there, and here means that no session is meant. */
const refusalOf = (view: DataView): Refusal | undefined => {
  if (view.byteLength < PACKET_BYTES) return 'short';
  const flags = view.getUint8(1);
  const length = view.getUint8(3);
  if (view.getUint8(0) >> 5 !== VERSION) return 'version';
  const isAuthenticated = (flags & AUTHENTICATED) !== 0;
  if (length < (isAuthenticated ? AUTHENTICATED_BYTES_MIN : PACKET_BYTES)) return 'length';
  if (length > view.byteLength) return 'truncated';
  if (view.getUint8(2) === 0) return 'multiplier-zero';
  if ((flags & MULTIPOINT) !== 0) return 'multipoint';
  if (view.getUint32(4) === 0) return 'discriminator-zero';
  const isStateful = flags >> 6 > SESSION_STATES.indexOf('down');
  if (view.getUint32(8) === 0 && isStateful) return 'stateful-without-discriminator';
  // No session here uses it: such a packet belongs to none, and to strip it would be to believe it unread.
  return isAuthenticated ? 'authenticated' : undefined;
};

/**
 * Reads a datagram. What follows the packet's own length is ignored, as the RFC leaves it.
 *
 * @example const { packet, refusal } = decodePacket(datagram);
 */
export const decodePacket = (datagram: Uint8Array): Decoded => {
  const view = viewOf(datagram);
  const refusal = refusalOf(view);
  if (refusal !== undefined) return { refusal };
  const flags = view.getUint8(1);
  return {
    packet: {
      diag: DIAGNOSTICS[view.getUint8(0) & 0x1f] ?? 'none',
      state: SESSION_STATES[flags >> 6] ?? 'down',
      poll: (flags & POLL) !== 0,
      final: (flags & FINAL) !== 0,
      demand: (flags & DEMAND) !== 0,
      multiplier: view.getUint8(2),
      myDiscriminator: view.getUint32(4),
      yourDiscriminator: view.getUint32(8),
      desiredMinTxUs: view.getUint32(12),
      requiredMinRxUs: view.getUint32(16),
    },
  };
};
