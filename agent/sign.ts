/** Signs a request to the arbiter with SigV4, as API Gateway's IAM authorisation wants it. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { CredentialSource } from './host/credentials.ts';

type Bytes = string | ArrayBuffer | ArrayBufferView;

const bytesOf = (data: Bytes): Uint8Array => {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
};

/** SHA-256, or HMAC-SHA-256 when a key is given, in the form that the signer expects. Used once each. */
class Sha256 {
  readonly #hash: { update: (data: Uint8Array) => unknown; digest: () => Buffer };

  constructor(key?: Bytes) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(key));
  }

  update(data: Bytes): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    throw new TypeError('a hash is used once');
  }
}

/** Signs a POST of `body` to `url`; returns the headers to send. */
export type Sign = (url: URL, body: string, signingDate: Date) => Promise<Record<string, string>>;

/** @param region where the arbiter is, for the signature's scope */
export const createSign = (region: string, credentials: CredentialSource): Sign => {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  return async (url, body, signingDate) => {
    const signed = await signer.sign(
      {
        method: 'POST',
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        query: {},
        headers: {
          host: url.host,
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
        },
        body,
      },
      { signingDate },
    );
    return signed.headers;
  };
};
