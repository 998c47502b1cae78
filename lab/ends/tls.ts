/** The lab's own certificate authority: made at start, kept in memory, good for one server at one address. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { bits, boolean, context, integer, octets, oid, sequence, set, time, utf8 } from './der.ts';
import type { TlsIdentity } from './door.ts';

/** Clocks of lab hosts may be shifted by hours, so the certificate is valid long before and after its making. */
const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_BEFORE_MS = 30 * DAY_MS;
const VALID_AFTER_MS = 365 * DAY_MS;

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const COMMON_NAME = '2.5.4.3';

interface CertificateSpec {
  subject: string;
  issuer: string;
  publicKey: KeyObject;
  signingKey: KeyObject;
  authorityKey: KeyObject;
  nowMs: number;
  extensions: Buffer[];
}

const name = (commonName: string): Buffer => sequence(set(sequence(oid(COMMON_NAME), utf8(commonName))));
const extension = (id: string, isCritical: boolean, content: Buffer): Buffer =>
  isCritical ? sequence(oid(id), boolean(true), octets(content)) : sequence(oid(id), octets(content));
const publicInfo = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
/** RFC 7093 allows any stable digest of the key as its identifier. */
const keyIdentifier = (key: KeyObject): Buffer =>
  createHash('sha256').update(publicInfo(key)).digest().subarray(0, 20);

function certificate(spec: CertificateSpec): string {
  const extensions = [
    ...spec.extensions,
    extension('2.5.29.14', false, octets(keyIdentifier(spec.publicKey))),
    extension('2.5.29.35', false, sequence(context(0, keyIdentifier(spec.authorityKey), false))),
  ];
  const body = sequence(
    context(0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_SHA256,
    name(spec.issuer),
    sequence(time(spec.nowMs - VALID_BEFORE_MS), time(spec.nowMs + VALID_AFTER_MS)),
    name(spec.subject),
    publicInfo(spec.publicKey),
    context(3, sequence(...extensions)),
  );
  const signature = sign('sha256', body, { key: spec.signingKey, dsaEncoding: 'der' });
  const encoded = sequence(body, ECDSA_SHA256, bits(signature)).toString('base64');
  const lines = encoded.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** Names a certificate is good for, as the subject alternative name wants them. */
function alternativeNames(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) =>
    isIPv4(host)
      ? context(7, Buffer.from(host.split('.').map(Number)), false)
      : context(2, Buffer.from(host, 'ascii'), false),
  );
  return sequence(...names);
}

export interface LabTls {
  /** PEM of the authority, for `caFile`. */
  ca: string;
  /** Key and certificate of the server. */
  server: TlsIdentity;
}

/**
 * A new authority and a server certificate (ECDSA P-256) for the given IPv4 addresses and names.
 *
 * @example createLabTls(['172.31.255.1'], Date.now())
 */
export function createLabTls(hosts: readonly string[], nowMs: number): LabTls {
  const authority = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const server = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const authorityName = 'Keepaloft lab authority';
  const common = {
    issuer: authorityName,
    signingKey: authority.privateKey,
    authorityKey: authority.publicKey,
    nowMs,
  };
  const ca = certificate({
    ...common,
    subject: authorityName,
    publicKey: authority.publicKey,
    extensions: [
      extension('2.5.29.19', true, sequence(boolean(true))),
      extension('2.5.29.15', true, bits(Buffer.from([0x06]), 1)),
    ],
  });
  const cert = certificate({
    ...common,
    subject: hosts[0] ?? 'keepaloft-lab',
    publicKey: server.publicKey,
    extensions: [
      extension('2.5.29.19', true, sequence()),
      extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)),
      extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.17', false, alternativeNames(hosts)),
    ],
  });
  const key = server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { ca, server: { key, cert } };
}
