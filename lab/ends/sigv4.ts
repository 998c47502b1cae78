/**
 * Verifies Signature Version 4 (header form) by signing the received request again with the caller's secret and
 * comparing in constant time. The signer is the one the AWS SDK uses, so the canonical form is not reinvented here.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import * as z from 'zod/mini';
import type { Clock } from './clock.ts';
import type { CredentialStore, Principal } from './credentials.ts';
import { LAB_REGION } from './credentials.ts';

/** A signature is accepted this long before and after the instant it names. */
export const SIGNATURE_WINDOW_MS = 5 * 60 * 1000;
/** Longest Authorization header looked at; real ones have some 400 characters. */
const AUTHORIZATION_LENGTH_MAX = 4096;
const SIGNED_HEADERS_MAX = 64;

export type SignatureFailureCode =
  | 'missing'
  | 'malformed'
  | 'unknown-key'
  | 'wrong-scope'
  | 'bad-token'
  | 'credentials-expired'
  | 'request-expired'
  | 'body-hash'
  | 'signature-mismatch';

export type Verification =
  | { ok: true; principal: Principal }
  | { ok: false; code: SignatureFailureCode; message: string; accessKeyId?: string };

/** One request as it came over the wire. `rawHeaders` is node's flat list of names and values. */
export interface SignedRequest {
  method: string;
  /** Path and query exactly as on the request line. */
  url: string;
  rawHeaders: readonly string[];
  body: Buffer;
}

export interface VerifyOptions {
  service: string;
  credentials: CredentialStore;
  clock: Clock;
  region?: string;
}

/** The hash the signer needs, on node:crypto: plain SHA-256, or HMAC when a key is given. */
export class NodeSha256 {
  readonly #hash: { update(data: Uint8Array): unknown; digest(): Buffer };

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {
    throw new Error('a NodeSha256 is used once');
  }
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8');
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data);
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=([A-Z0-9]{16,128})\/(\d{8})\/([a-z0-9-]{1,32})\/([a-z0-9-]{1,64})\/aws4_request *, *SignedHeaders=([a-z0-9!#$%&'*+.^_`|~;-]{1,2048}) *, *Signature=([0-9a-f]{64})$/;
const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

const authorizationSchema = z.object({
  accessKeyId: z.string(),
  date: z.string(),
  region: z.string(),
  service: z.string(),
  signedHeaders: z.array(z.string().check(z.minLength(1))).check(z.maxLength(SIGNED_HEADERS_MAX)),
  signature: z.string(),
});
type Authorization = z.infer<typeof authorizationSchema>;

/** Reads an Authorization header strictly; anything that is not exactly the grammar yields undefined. */
export function parseAuthorization(header: string): Authorization | undefined {
  if (header.length > AUTHORIZATION_LENGTH_MAX) return undefined;
  const match = AUTHORIZATION.exec(header);
  if (match === null) return undefined;
  const [, accessKeyId, date, region, service, names, signature] = match;
  const signedHeaders = (names ?? '').split(';');
  const sorted = signedHeaders.every((name, index) => index === 0 || (signedHeaders[index - 1] ?? '') < name);
  const parsed = authorizationSchema.safeParse({
    accessKeyId,
    date,
    region,
    service,
    signedHeaders,
    signature,
  });
  return sorted && parsed.success ? parsed.data : undefined;
}

/** The instant of an `x-amz-date` (`20260102T030405Z`) as milliseconds since 1970, undefined when it is not one. */
export function parseAmzDate(text: string): number | undefined {
  const match = AMZ_DATE.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Header values by lower-case name, several values joined by a comma as the canonical form wants them. */
function foldHeaders(rawHeaders: readonly string[]): Map<string, string> {
  const folded = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = (rawHeaders[index + 1] ?? '').trim();
    const before = folded.get(name);
    folded.set(name, before === undefined ? value : `${before},${value}`);
  }
  return folded;
}

/** Splits a request target; query values are decoded because the signer encodes them again. */
function splitTarget(url: string): { path: string; query: Record<string, string | string[]> } | undefined {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const values = new Map<string, string[]>();
  if (mark >= 0) {
    for (const pair of url.slice(mark + 1).split('&')) {
      if (pair === '') continue;
      const equals = pair.indexOf('=');
      try {
        const name = decodeURIComponent(equals < 0 ? pair : pair.slice(0, equals));
        const value = equals < 0 ? '' : decodeURIComponent(pair.slice(equals + 1));
        values.set(name, [...(values.get(name) ?? []), value]);
      } catch {
        return undefined;
      }
    }
  }
  return { path, query: Object.fromEntries(values) };
}

const refuse = (code: SignatureFailureCode, message: string, accessKeyId?: string): Verification =>
  accessKeyId === undefined ? { ok: false, code, message } : { ok: false, code, message, accessKeyId };

const sha256Hex = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

/** Who signed the request, or why it is refused. Never throws for anything a client may send. */
export async function verifySignature(request: SignedRequest, options: VerifyOptions): Promise<Verification> {
  const headers = foldHeaders(request.rawHeaders);
  const header = headers.get('authorization');
  if (header === undefined) return refuse('missing', 'the request has no Authorization header');
  const authorization = parseAuthorization(header);
  if (authorization === undefined)
    return refuse('malformed', 'the Authorization header is not a valid SigV4 header');
  const unfit = checkClaims(authorization, headers, request.body, options);
  if (unfit !== undefined) return refuse(unfit.code, unfit.message, authorization.accessKeyId);
  const principal = options.credentials.find(authorization.accessKeyId);
  if (principal === undefined)
    return refuse('unknown-key', 'the access key does not exist', authorization.accessKeyId);
  const stale = checkSession(principal, headers, options.clock);
  if (stale !== undefined) return refuse(stale.code, stale.message, principal.accessKeyId);
  const expected = await signAgain(request, authorization, headers, principal);
  const matches =
    expected !== undefined && timingSafeEqual(Buffer.from(expected), Buffer.from(authorization.signature));
  return matches
    ? { ok: true, principal }
    : refuse('signature-mismatch', 'the signature does not match the request', principal.accessKeyId);
}

type Finding = { code: SignatureFailureCode; message: string } | undefined;

/** Everything that can be judged without a secret: scope, signed headers, date and body hash. */
function checkClaims(
  authorization: Authorization,
  headers: Map<string, string>,
  body: Buffer,
  options: VerifyOptions,
): Finding {
  if (authorization.service !== options.service || authorization.region !== (options.region ?? LAB_REGION))
    return { code: 'wrong-scope', message: `signed for ${authorization.service} in ${authorization.region}` };
  if (!authorization.signedHeaders.includes('host'))
    return { code: 'malformed', message: 'host is not signed' };
  const absent = authorization.signedHeaders.find((name) => !headers.has(name));
  if (absent !== undefined) return { code: 'malformed', message: `signed header ${absent} is absent` };
  const amzDate = headers.get('x-amz-date') ?? '';
  const signedAtMs = parseAmzDate(amzDate);
  if (signedAtMs === undefined) return { code: 'malformed', message: 'x-amz-date is missing or malformed' };
  if (amzDate.slice(0, 8) !== authorization.date)
    return { code: 'wrong-scope', message: 'the scope names another day than x-amz-date' };
  if (Math.abs(options.clock.nowMs() - signedAtMs) > SIGNATURE_WINDOW_MS)
    return { code: 'request-expired', message: `signed at ${amzDate}, outside of the five-minute window` };
  const declared = headers.get('x-amz-content-sha256');
  if (declared !== undefined && declared !== sha256Hex(body))
    return { code: 'body-hash', message: 'x-amz-content-sha256 is not the hash of the body' };
  return undefined;
}

/** The session token must be the one that belongs to the key, and the key must still be alive. */
function checkSession(principal: Principal, headers: Map<string, string>, clock: Clock): Finding {
  if (headers.get('x-amz-security-token') !== principal.sessionToken)
    return { code: 'bad-token', message: 'the security token is missing or belongs to another key' };
  if (principal.expiresAtMs !== undefined && principal.expiresAtMs <= clock.nowMs())
    return { code: 'credentials-expired', message: 'the session credentials have expired' };
  return undefined;
}

/** The signature this request should carry, undefined when its target cannot be read. */
async function signAgain(
  request: SignedRequest,
  authorization: Authorization,
  headers: Map<string, string>,
  principal: Principal,
): Promise<string | undefined> {
  const target = splitTarget(request.url);
  const signedAtMs = parseAmzDate(headers.get('x-amz-date') ?? '');
  if (target === undefined || signedAtMs === undefined) return undefined;
  const signedHeaders = new Set(authorization.signedHeaders);
  const signer = new SignatureV4({
    service: authorization.service,
    region: authorization.region,
    // No session token here: when the client signed it, it is among the signed headers already.
    credentials: { accessKeyId: principal.accessKeyId, secretAccessKey: principal.secretAccessKey },
    sha256: NodeSha256,
    // Every service but S3 signs the path encoded once more than it travels.
    uriEscapePath: authorization.service !== 's3',
    applyChecksum: false,
  });
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: 'https:',
      hostname: headers.get('host') ?? '',
      path: target.path,
      query: target.query,
      headers: Object.fromEntries([...headers].filter(([name]) => signedHeaders.has(name))),
      body: request.body,
    },
    { signingDate: new Date(signedAtMs), signableHeaders: signedHeaders },
  );
  return parseAuthorization(signed.headers['authorization'] ?? '')?.signature;
}
