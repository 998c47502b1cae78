// Proves that only IMDSv2 is spoken, the token renewed when refused, and every bad answer a typed error with a remedy.
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImds, type Imds } from '../../../agent/host/imds.ts';

const MAC = '0a:1b:2c:3d:4e:5f';
const leaves = (): Record<string, string> => ({
  'dynamic/instance-identity/document': JSON.stringify({
    instanceId: 'i-0123456789abcdef0',
    region: 'us-east-1',
    availabilityZone: 'us-east-1a',
    privateIp: '172.31.0.11',
    accountId: '111122223333',
  }),
  'meta-data/mac': MAC,
  [`meta-data/network/interfaces/macs/${MAC}/interface-id`]: 'eni-0123456789abcdef0',
  [`meta-data/network/interfaces/macs/${MAC}/local-ipv4s`]: '172.31.0.11\n172.31.0.201',
  'meta-data/iam/security-credentials/': 'KeepaloftMember',
  'meta-data/iam/security-credentials/KeepaloftMember': JSON.stringify({
    Code: 'Success',
    AccessKeyId: 'ASIA',
    SecretAccessKey: 'secret',
    Token: 'token',
    Expiration: '2030-01-01T00:00:00Z',
  }),
});

let server: Server;
let imds: Imds;
let tree: Record<string, string>;
let tokens: string[];
let seen: string[];
let mute: boolean;

const answer = (incoming: IncomingMessage): { status: number; body: string } => {
  const path = (incoming.url ?? '').replace('/latest/', '');
  seen.push(`${incoming.method} ${path}`);
  if (incoming.method === 'PUT') {
    if (incoming.headers['x-aws-ec2-metadata-token-ttl-seconds'] !== '21600')
      return { status: 400, body: '' };
    tokens.push(`token-${tokens.length + 1}`);
    return { status: 200, body: tokens.at(-1) ?? '' };
  }
  if (incoming.headers['x-aws-ec2-metadata-token'] !== tokens.at(-1)) return { status: 401, body: '' };
  const body = tree[path];
  return body === undefined ? { status: 404, body: '' } : { status: 200, body };
};

beforeEach(async () => {
  tree = leaves();
  tokens = [];
  seen = [];
  mute = false;
  server = createServer((incoming, response) => {
    if (mute) return;
    const { status, body } = answer(incoming);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  imds = createImds(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 200);
});
afterEach(() => {
  imds.close();
  server.closeAllConnections();
  server.close();
});

describe('imds', () => {
  it('tells who the instance is', async () => {
    await expect(imds.identity()).resolves.toEqual({
      instanceId: 'i-0123456789abcdef0',
      region: 'us-east-1',
      availabilityZone: 'us-east-1a',
      mac: MAC,
      eni: 'eni-0123456789abcdef0',
      address: '172.31.0.11',
    });
  });

  it('lists the addresses of the fabric with one token and, after the first time, one request', async () => {
    await expect(imds.localIpv4s()).resolves.toEqual(['172.31.0.11', '172.31.0.201']);
    seen = [];
    await imds.localIpv4s();
    expect(seen).toEqual([`GET meta-data/network/interfaces/macs/${MAC}/local-ipv4s`]);
    expect(tokens).toHaveLength(1);
  });

  it('knows the subnet of an interface, or that there is none', async () => {
    tree[`meta-data/network/interfaces/macs/${MAC}/subnet-ipv4-cidr-block`] = '172.31.0.0/20';
    expect(await imds.subnetOf(MAC)).toBe('172.31.0.0/20');
    expect(await imds.subnetOf('0a:00:00:00:00:09')).toBeUndefined();
  });

  it('lists IPv6 addresses in their one spelling, and none where there is no such entry', async () => {
    await expect(imds.ipv6s()).resolves.toEqual([]);
    const path = `meta-data/network/interfaces/macs/${MAC}/ipv6s`;
    tree[path] = '2001:db8:0:0:0:0:0:c9\n2001:db8::ca';
    await expect(imds.ipv6s()).resolves.toEqual(['2001:db8::c9', '2001:db8::ca']);
    tree[path] = 'somewhere';
    await expect(imds.ipv6s()).rejects.toMatchObject({ code: 'imds-unexpected' });
  });

  it('renews a token that is refused, once', async () => {
    await imds.localIpv4s();
    tokens.push('changed behind its back');
    await expect(imds.localIpv4s()).resolves.toHaveLength(2);
    expect(tokens).toHaveLength(3);
  });

  it('reads the credentials of the role', async () => {
    await expect(imds.roleCredentials()).resolves.toEqual({
      accessKeyId: 'ASIA',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration: new Date('2030-01-01T00:00:00Z'),
    });
    delete tree['meta-data/iam/security-credentials/'];
    await expect(imds.roleCredentials()).rejects.toMatchObject({
      name: 'ImdsError',
      code: 'imds-not-found',
      remedy: 'attach an instance profile whose role may call the arbiter',
    });
  });

  it.each([
    ['dynamic/instance-identity/document', '{"instanceId":'],
    ['dynamic/instance-identity/document', '{"instanceId":"i-0123456789abcdef0"}'],
    [`meta-data/network/interfaces/macs/${MAC}/interface-id`, 'not-an-eni'],
  ])('refuses %s saying %j', async (path, text) => {
    tree[path] = text;
    await expect(imds.identity()).rejects.toMatchObject({ code: 'imds-unexpected' });
  });

  it('gives up within its time limit, and works again afterwards', async () => {
    mute = true;
    await expect(imds.localIpv4s()).rejects.toMatchObject({ code: 'imds-unreachable' });
    mute = false;
    await expect(imds.localIpv4s()).resolves.toHaveLength(2);
  });
});
