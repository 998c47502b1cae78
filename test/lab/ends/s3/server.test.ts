// Proves that the bucket answers whoever signed as S3 wants it and may read the key, and names what is wrong otherwise.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LabClock } from '../../../../lab/ends/clock.ts';
import { MEMBER_ROLE, type Principal } from '../../../../lab/ends/credentials.ts';
import { LAB_BUCKET_HOST, S3End } from '../../../../lab/ends/s3/server.ts';
import { NodeSha256 } from '../../../../lab/ends/sigv4.ts';
import { storeOf } from '../small-vpc.ts';

const clock = new LabClock();
const credentials = storeOf(clock);
const member = credentials.session(MEMBER_ROLE, 'i-0000000000000000a');
let directory: string;
let end: S3End;
let port = 0;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'keepaloft-s3-'));
  mkdirSync(join(directory, 'agent', 'build'), { recursive: true });
  writeFileSync(join(directory, 'agent', 'channel.json'), '{}');
  writeFileSync(join(directory, 'agent', 'build', 'agent-0.1.0.tar.gz'), 'bytes');
  writeFileSync(join(directory, 'secret'), 'not for members');
  end = new S3End({ clock, credentials, directory });
  port = await end.listen();
});
afterEach(async () => {
  await end.close();
  rmSync(directory, { recursive: true });
});

interface Asked {
  readonly key: string;
  readonly as?: Principal;
  readonly host?: string;
  readonly service?: string;
  readonly change?: (headers: Record<string, string>) => Record<string, string>;
}

const get = async ({ key, as = member, host = LAB_BUCKET_HOST, service = 's3', change }: Asked) => {
  const signer = new SignatureV4({
    service,
    region: 'us-east-1',
    credentials: as,
    sha256: NodeSha256,
    uriEscapePath: false,
  });
  const { headers } = await signer.sign({
    method: 'GET',
    protocol: 'https:',
    hostname: host,
    path: `/${key}`,
    headers: { host },
  });
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const options = { port, path: `/${key}`, headers: change?.(headers) ?? headers };
    httpRequest(options, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    })
      .on('error', reject)
      .end();
  });
};

/** Status and code of a refusal. */
const refusal = async (asked: Asked): Promise<string> => {
  const { status, body } = await get(asked);
  return `${status} ${/<Code>(\w+)<\/Code>/.exec(body)?.[1]}`;
};

describe('the bucket', () => {
  it('gives a member the objects of the agent, and nothing else', async () => {
    expect(await get({ key: 'agent/channel.json' })).toEqual({ status: 200, body: '{}' });
    expect(await get({ key: 'agent/build/agent-0.1.0.tar.gz' })).toEqual({ status: 200, body: 'bytes' });
    expect(await refusal({ key: 'secret' })).toBe('403 AccessDenied');
    expect(await get({ key: 'secret', as: credentials.operator() })).toMatchObject({ status: 200 });
  });

  it('knows no object that is not there, nor one outside of its directory', async () => {
    for (const key of ['agent/none', 'agent/../secret', 'agent/', 'agent/%2e%2e/secret']) {
      expect(`${key} ${await refusal({ key })}`).toBe(`${key} 404 NoSuchKey`);
    }
  });

  it('refuses another service, another key, another bucket and a request that nobody signed', async () => {
    const key = 'agent/channel.json';
    expect(await refusal({ key, service: 'ec2' })).toBe('400 AuthorizationHeaderMalformed');
    const forged = { ...member, secretAccessKey: 'x'.repeat(40) };
    expect(await refusal({ key, as: forged })).toBe('403 SignatureDoesNotMatch');
    expect(await refusal({ key, host: 'other.s3.us-east-1.amazonaws.com' })).toBe('404 NoSuchBucket');
    expect(await refusal({ key, change: () => ({ host: LAB_BUCKET_HOST }) })).toBe('403 AccessDenied');
  });
});
