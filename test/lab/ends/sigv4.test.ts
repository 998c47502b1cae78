// Proves that the verifier accepts exactly what the AWS signer produces and refuses every tampered, stale or foreign request.
import { SignatureV4 } from '@smithy/signature-v4';
import { describe, expect, it } from 'vitest';
import { MEMBER_ROLE, type Principal } from '../../../lab/ends/credentials.ts';
import {
  NodeSha256,
  parseAuthorization,
  type SignedRequest,
  verifySignature,
} from '../../../lab/ends/sigv4.ts';
import { instanceId, ManualClock, storeOf } from './small-vpc.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const clock = new ManualClock(NOW);
const credentials = storeOf(clock);
const member = credentials.session(MEMBER_ROLE, instanceId(1));

interface SignOptions {
  who?: Principal;
  atMs?: number;
  path?: string;
  query?: Record<string, string | string[]>;
  search?: string;
  service?: string;
  headers?: Record<string, string>;
  checksum?: boolean;
}

async function signed(body: string, options: SignOptions = {}): Promise<SignedRequest> {
  const who = options.who ?? member;
  const signer = new SignatureV4({
    service: options.service ?? 'execute-api',
    region: 'us-east-1',
    credentials: {
      accessKeyId: who.accessKeyId,
      secretAccessKey: who.secretAccessKey,
      ...(who.sessionToken === undefined ? {} : { sessionToken: who.sessionToken }),
    },
    sha256: NodeSha256,
    applyChecksum: options.checksum ?? true,
  });
  const path = options.path ?? '/v1/heartbeat';
  const request = await signer.sign(
    {
      method: 'POST',
      protocol: 'https:',
      hostname: '172.31.255.1',
      path,
      query: options.query ?? {},
      headers: { host: '172.31.255.1', 'content-type': 'application/json', ...options.headers },
      body,
    },
    { signingDate: new Date(options.atMs ?? NOW) },
  );
  return {
    method: 'POST',
    url: path + (options.search ?? ''),
    rawHeaders: Object.entries(request.headers).flat(),
    body: Buffer.from(body),
  };
}

const verify = (request: SignedRequest, service = 'execute-api') =>
  verifySignature(request, { service, credentials, clock });

const withHeader = (request: SignedRequest, name: string, value: string | undefined): SignedRequest => {
  const pairs: string[] = [];
  for (let index = 0; index < request.rawHeaders.length; index += 2)
    if (request.rawHeaders[index]?.toLowerCase() !== name)
      pairs.push(request.rawHeaders[index] ?? '', request.rawHeaders[index + 1] ?? '');
  return { ...request, rawHeaders: value === undefined ? pairs : [...pairs, name, value] };
};

const headerOf = (request: SignedRequest, name: string): string =>
  request.rawHeaders[request.rawHeaders.findIndex((one) => one.toLowerCase() === name) + 1] ?? '';

describe('what is accepted', () => {
  it('a member with session keys, and says who it is', async () => {
    const result = await verify(await signed('{"v":1}'));
    expect(result).toMatchObject({ ok: true, principal: { arn: member.arn, callerId: member.callerId } });
  });

  it('a user with permanent keys and without a body hash header', async () => {
    const request = await signed('{}', { who: credentials.operator(), checksum: false });
    expect(await verify(request)).toMatchObject({ ok: true });
  });

  it('an empty body', async () => {
    expect(await verify(await signed(''))).toMatchObject({ ok: true });
  });

  it('a path that travels encoded, which is signed encoded twice', async () => {
    const request = await signed('{}', { path: '/v1/a%20b/%C3%A9' });
    expect(await verify(request)).toMatchObject({ ok: true });
  });

  it('a query with repeated, empty and encoded values in any order', async () => {
    const request = await signed('{}', {
      query: { b: ['2', '1'], a: 'x y&z', empty: '' },
      search: '?b=1&empty=&b=2&a=x%20y%26z',
    });
    expect(await verify(request)).toMatchObject({ ok: true });
  });

  it('headers that a proxy added without signing them', async () => {
    const request = withHeader(await signed('{}'), 'x-forwarded-for', '10.0.0.1');
    expect(await verify(request)).toMatchObject({ ok: true });
  });

  it('a signature up to five minutes away in either direction', async () => {
    for (const atMs of [NOW - 299_000, NOW + 299_000])
      expect(await verify(await signed('{}', { atMs }))).toMatchObject({ ok: true });
  });

  it('keys of the generation before the last rotation', async () => {
    const before = credentials.session(MEMBER_ROLE, instanceId(2));
    credentials.rotate(MEMBER_ROLE, instanceId(2));
    expect(await verify(await signed('{}', { who: before }))).toMatchObject({ ok: true });
  });
});

describe('what is refused', () => {
  const refused = async (request: SignedRequest, code: string) =>
    expect(await verify(request)).toMatchObject({ ok: false, code });

  it('no signature, or one that is not in the grammar', async () => {
    const request = await signed('{}');
    await refused(withHeader(request, 'authorization', undefined), 'missing');
    await refused(withHeader(request, 'authorization', 'Bearer x'), 'malformed');
    await refused(
      withHeader(request, 'authorization', `${headerOf(request, 'authorization')} `.repeat(2)),
      'malformed',
    );
  });

  it('a body that was changed, with and without its declared hash', async () => {
    await refused({ ...(await signed('{"a":1}')), body: Buffer.from('{"a":2}') }, 'body-hash');
    const plain = await signed('{"a":1}', { checksum: false });
    await refused({ ...plain, body: Buffer.from('{"a":2}') }, 'signature-mismatch');
  });

  it('an unsigned payload marker', async () => {
    await refused(
      await signed('{}', { headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }),
      'body-hash',
    );
  });

  it('another method, path, query or signed header', async () => {
    const request = await signed('{}');
    await refused({ ...request, method: 'PUT' }, 'signature-mismatch');
    await refused({ ...request, url: '/v1/other' }, 'signature-mismatch');
    await refused({ ...request, url: '/v1/heartbeat?x=1' }, 'signature-mismatch');
    await refused(withHeader(request, 'host', 'evil.example'), 'signature-mismatch');
  });

  it('a signature older or newer than five minutes', async () => {
    for (const atMs of [NOW - 301_000, NOW + 301_000])
      await refused(await signed('{}', { atMs }), 'request-expired');
  });

  it('a date outside of the scope it was signed in', async () => {
    const request = withHeader(await signed('{}'), 'x-amz-date', '20260101T235959Z');
    await refused(request, 'wrong-scope');
  });

  it('another service', async () => {
    await refused(await signed('{}', { service: 'ec2' }), 'wrong-scope');
  });

  it('a missing, foreign or expired session', async () => {
    const request = await signed('{}');
    const other = credentials.session(MEMBER_ROLE, instanceId(3));
    await refused(withHeader(request, 'x-amz-security-token', other.sessionToken), 'bad-token');
    const short = storeOf(clock).session(MEMBER_ROLE, instanceId(1));
    await refused(await signed('{}', { who: short }), 'unknown-key');
    const { sessionToken: _, ...withoutToken } = member;
    await refused(await signed('{}', { who: withoutToken }), 'bad-token');
  });

  it('keys past their expiry', async () => {
    const late = new ManualClock(NOW);
    const store = storeOf(late);
    const who = store.session(MEMBER_ROLE, instanceId(1));
    late.advance(6 * 3_600_000 + 1000);
    const request = await signed('{}', { who, atMs: late.nowMs() });
    const options = { service: 'execute-api', credentials: store, clock: late };
    expect(await verifySignature(request, options)).toMatchObject({ ok: false, code: 'credentials-expired' });
  });

  it('a wrong secret', async () => {
    await refused(
      await signed('{}', { who: { ...member, secretAccessKey: 'x'.repeat(40) } }),
      'signature-mismatch',
    );
  });

  it('a signature that does not cover the host', () => {
    const header =
      'AWS4-HMAC-SHA256 Credential=ASIAAAAAAAAAAAAAAAAA/20260102/us-east-1/ec2/aws4_request, SignedHeaders=x-amz-date;host, Signature=' +
      '0'.repeat(64);
    expect(parseAuthorization(header)).toBeUndefined();
    expect(parseAuthorization(header.replace('x-amz-date;host', 'host;x-amz-date'))).toBeDefined();
  });
});
