/** Requests to a lab's API as an instance would sign them, or as somebody would who should not. */
import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod/mini';
import type { LabInfo } from '../../../lab/control/types.ts';
import { inside } from './inside.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const imdsAnswerSchema = z.object({
  AccessKeyId: z.string(),
  SecretAccessKey: z.string(),
  Token: z.string(),
});

/** Version 2 of the protocol, as a program on the host would speak it: a token first, then the role, then its keys. */
const IMDS_SCRIPT = `
  const base = 'http://169.254.169.254/latest/';
  const ask = async (path, init) => (await fetch(base + path, init)).text();
  const ttl = { 'x-aws-ec2-metadata-token-ttl-seconds': '60' };
  const token = await ask('api/token', { method: 'PUT', headers: ttl });
  const headers = { 'x-aws-ec2-metadata-token': token };
  const role = await ask('meta-data/iam/security-credentials/', { headers });
  process.stdout.write(await ask('meta-data/iam/security-credentials/' + role, { headers }));`;

/** The keys that the metadata service gives to a host. */
export const instanceCredentials = async (info: LabInfo, host: string): Promise<Credentials> => {
  const text = await inside(info, host, process.execPath, '--input-type=module', '-e', IMDS_SCRIPT);
  const { AccessKeyId, SecretAccessKey, Token } = imdsAnswerSchema.parse(JSON.parse(text));
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
};

type Bytes = string | ArrayBuffer | ArrayBufferView;
const bytesOf = (data: Bytes): Uint8Array => {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
};

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

/** A request ready to be sent, once or again. */
export interface Signed {
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Signs a heartbeat with any body. @param at the date of the signature */
export const signHeartbeat = async (
  info: LabInfo,
  credentials: Credentials,
  body: string,
  at: Date = new Date(),
): Promise<Signed> => {
  const url = new URL('/v1/heartbeat', info.endpoints.api);
  const region = info.env['AWS_REGION'] ?? '';
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const { headers } = await signer.sign(
    {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: {},
      headers: { host: url.host, 'content-type': 'application/json' },
      body,
    },
    { signingDate: at },
  );
  return { url, headers, body };
};

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** Sends the bytes as they are. */
export const send = ({ url, headers, body }: Signed): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      url,
      { method: 'POST', headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.once('error', reject);
        response.once('end', () => {
          const answer: unknown = JSON.parse(text);
          resolve({ status: response.statusCode ?? 0, body: answer });
        });
      },
    );
    outgoing.once('error', reject);
    outgoing.end(body);
  });
