/** Makes a fresh certificate for 127.0.0.1, so that no private key has to lie in the repository. */
import { createSign, generateKeyPairSync } from 'node:crypto';

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  time: 0x17,
  version: 0xa0,
  extensions: 0xa3,
  ipAddress: 0x87,
};

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const size = Buffer.alloc(2);
  size.writeUInt16BE(body.length);
  return Buffer.concat([Buffer.of(tag, 0x82), size, body]);
};
const oid = (...bytes: number[]): Buffer => der(TAG.oid, Buffer.of(...bytes));

const ECDSA_SHA256 = oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02);
const COMMON_NAME = oid(0x55, 0x04, 0x03);
const SUBJECT_ALT_NAME = oid(0x55, 0x1d, 0x11);
const BASIC_CONSTRAINTS = oid(0x55, 0x1d, 0x13);

const utcTime = (date: Date): Buffer =>
  der(TAG.time, Buffer.from(`${date.toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`));

/** A key and a certificate for https://127.0.0.1, both in PEM. The certificate is its own authority. */
export const selfSigned = (): { key: string; cert: string } => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(TAG.sequence, ECDSA_SHA256);
  const name = der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, COMMON_NAME, der(TAG.utf8, Buffer.from('keepaloft test')))),
  );
  const dayMs = 86_400_000;
  const validity = der(
    TAG.sequence,
    utcTime(new Date(Date.now() - dayMs)),
    utcTime(new Date(Date.now() + dayMs)),
  );
  const addresses = der(TAG.sequence, der(TAG.ipAddress, Buffer.of(127, 0, 0, 1)));
  const isAuthority = der(TAG.sequence, der(TAG.boolean, Buffer.of(0xff)));
  const extensions = der(
    TAG.sequence,
    der(TAG.sequence, SUBJECT_ALT_NAME, der(TAG.octets, addresses)),
    der(TAG.sequence, BASIC_CONSTRAINTS, der(TAG.octets, isAuthority)),
  );
  const body = der(
    TAG.sequence,
    der(TAG.version, der(TAG.integer, Buffer.of(2))),
    der(TAG.integer, Buffer.of(1)),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(TAG.extensions, extensions),
  );
  const signature = createSign('sha256').update(body).sign(privateKey);
  const certificate = der(TAG.sequence, body, algorithm, der(TAG.bits, Buffer.of(0), signature));
  const base64 = certificate.toString('base64').replaceAll(/.{64}/g, '$&\n');
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  };
};
