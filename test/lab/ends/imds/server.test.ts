// Proves that IMDSv2's token rules hold, that the tree reads as the real one does, and that the AWS credential provider accepts it.

import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { fromInstanceMetadata } from '@smithy/credential-provider-imds';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LabClock } from '../../../../lab/ends/clock.ts';
import { MEMBER_ROLE, SCRIPTED_ROLE } from '../../../../lab/ends/credentials.ts';
import type { Cloud } from '../../../../lab/ends/ec2/cloud.ts';
import { ImdsEnd } from '../../../../lab/ends/imds/server.ts';
import { eni, smallCloud, storeOf, VPC } from '../small-vpc.ts';

const LOCAL_INSTANCE = 'i-0000000000000000a';
const LOCAL_ENI = 'eni-0000000000000000a';
const MAC = '02:00:7f:00:00:01';
const clock = new LabClock();
let cloud: Cloud;
let end: ImdsEnd;
let port = 0;
const credentials = storeOf(clock);

beforeEach(async () => {
  cloud = smallCloud({ clock });
  cloud.addSubnet({
    subnetId: 'subnet-l',
    vpcId: VPC,
    cidrBlock: '127.0.0.0/24',
    availabilityZone: 'us-east-1b',
  });
  // The tests call from loopback, so an instance lives there; a second one has 127.0.0.2.
  for (const [n, address] of [
    ['a', '127.0.0.1'],
    ['b', '127.0.0.2'],
  ] as const)
    cloud.addInstance({
      instanceId: `i-0000000000000000${n}`,
      networkInterfaceId: `eni-0000000000000000${n}`,
      subnetId: 'subnet-l',
      privateIpAddress: address,
      macAddress: n === 'a' ? MAC : '02:00:7f:00:00:02',
    });
  end = new ImdsEnd({
    clock,
    cloud,
    credentials,
    roleOf: (instanceId) => (instanceId === 'i-0000000000000000b' ? SCRIPTED_ROLE : MEMBER_ROLE),
  });
  port = await end.listen();
});
afterEach(() => end.close());

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

function call(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  from = '127.0.0.1',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { host: '127.0.0.1', port, method, path, headers, localAddress: from },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          body += text;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    request.once('error', reject);
    request.end();
  });
}

const TTL = 'x-aws-ec2-metadata-token-ttl-seconds';
const token = async (from?: string) => (await call('PUT', '/latest/api/token', { [TTL]: '60' }, from)).body;
const get = async (path: string) => call('GET', path, { 'x-aws-ec2-metadata-token': await token() });
const text = async (path: string) => (await get(`/latest/${path}`)).body;

describe('tokens', () => {
  it('version 1 is refused', async () => {
    expect(await call('GET', '/latest/meta-data/instance-id')).toMatchObject({ status: 401 });
  });

  it('needs a life between one second and six hours', async () => {
    for (const ttl of ['0', '21601', 'x', ''])
      expect(await call('PUT', '/latest/api/token', ttl === '' ? {} : { [TTL]: ttl })).toMatchObject({
        status: 400,
      });
    expect(await call('PUT', '/latest/api/token', { [TTL]: '21600' })).toMatchObject({ status: 200 });
  });

  it('a forwarded request gets none', async () => {
    const reply = await call('PUT', '/latest/api/token', { [TTL]: '60', 'x-forwarded-for': '10.0.0.1' });
    expect(reply.status).toBe(403);
  });

  it('is bound to its instance and ends with its life', async () => {
    const foreign = await token('127.0.0.2');
    const headers = { 'x-aws-ec2-metadata-token': foreign };
    expect(await call('GET', '/latest/meta-data/instance-id', headers)).toMatchObject({ status: 401 });
    const own = await call('GET', '/latest/meta-data/instance-id', headers, '127.0.0.2');
    expect(own).toMatchObject({ status: 200, body: 'i-0000000000000000b' });
    expect(Number(own.headers[TTL])).toBeGreaterThan(0);
    clock.offsetMs = 61_000;
    expect(await call('GET', '/latest/meta-data/instance-id', headers, '127.0.0.2')).toMatchObject({
      status: 401,
    });
    clock.offsetMs = 0;
  });

  it('shows each instance its own role only', async () => {
    const list = async (from: string): Promise<string> => {
      const headers = { 'x-aws-ec2-metadata-token': await token(from) };
      return (await call('GET', '/latest/meta-data/iam/security-credentials', headers, from)).body;
    };
    expect(await list('127.0.0.1')).toBe(MEMBER_ROLE);
    expect(await list('127.0.0.2')).toBe(SCRIPTED_ROLE);
  });

  it('whoever is no instance gets no answer', async () => {
    await expect(call('PUT', '/latest/api/token', { [TTL]: '60' }, '127.0.0.9')).rejects.toThrow(
      'socket hang up',
    );
  });
});

describe('tree', () => {
  it('names the instance, its place and its interface', async () => {
    expect(await text('meta-data/instance-id')).toBe(LOCAL_INSTANCE);
    expect(await text('meta-data/placement/region')).toBe('us-east-1');
    expect(await text('meta-data/placement/availability-zone')).toBe('us-east-1b');
    expect(await text('meta-data/local-ipv4')).toBe('127.0.0.1');
    expect(await text('meta-data/mac')).toBe(MAC);
    const at = `meta-data/network/interfaces/macs/${MAC}`;
    expect(await text(`${at}/interface-id`)).toBe(LOCAL_ENI);
    expect(await text(`${at}/subnet-ipv4-cidr-block`)).toBe('127.0.0.0/24');
    expect(await text(`${at}/owner-id`)).toBe('111122223333');
    expect(await text(`${at}/device-number`)).toBe('0');
  });

  it('lists directories with a slash behind them', async () => {
    expect(await text('')).toBe('dynamic/\nmeta-data/');
    expect(await text('meta-data/network/interfaces/macs/')).toBe(`${MAC}/`);
    expect((await text('meta-data/')).split('\n')).toContain('instance-id');
    expect((await text('meta-data')).split('\n')).toContain('iam/');
    expect(await text('meta-data/iam/security-credentials/')).toBe(MEMBER_ROLE);
  });

  it('shows secondary addresses once the fabric has applied them, after the primary', async () => {
    const path = `meta-data/network/interfaces/macs/${MAC}/local-ipv4s`;
    cloud.assign(LOCAL_ENI, ['127.0.0.50'], true);
    cloud.delays.propagationMs = 30;
    cloud.assign(LOCAL_ENI, ['127.0.0.40'], true);
    expect(await text(path)).toBe('127.0.0.1\n127.0.0.50');
    await expect.poll(() => text(path)).toBe('127.0.0.1\n127.0.0.50\n127.0.0.40');
    expect(cloud.secondaries(eni(1), 'fabric')).toEqual([]);
  });

  it('shows Elastic IPs with what each stands on, and nothing of the kind where there is none', async () => {
    const path = `meta-data/network/interfaces/macs/${MAC}`;
    expect((await text(`${path}/`)).split('\n')).not.toContain('public-ipv4s');
    cloud.elasticIps.add({ allocationId: 'eipalloc-00000000000000001', publicIp: '198.51.100.10' });
    cloud.elasticIps.associate({
      allocationId: 'eipalloc-00000000000000001',
      networkInterfaceId: LOCAL_ENI,
    });
    expect(await text(`${path}/public-ipv4s`)).toBe('198.51.100.10');
    expect(await text(`${path}/ipv4-associations/198.51.100.10`)).toBe('127.0.0.1');
  });

  it('gives documents about identity, maintenance and scaling, and 404 for what is not there', async () => {
    expect(JSON.parse(await text('dynamic/instance-identity/document'))).toMatchObject({
      accountId: '111122223333',
      instanceId: LOCAL_INSTANCE,
      region: 'us-east-1',
    });
    expect(await text('meta-data/events/maintenance/scheduled')).toBe('[]');
    expect(await text('meta-data/autoscaling/target-lifecycle-state')).toBe('InService');
    expect(JSON.parse(await text('meta-data/iam/info'))).toMatchObject({ Code: 'Success' });
    for (const path of [
      'meta-data/spot/instance-action',
      'meta-data/__proto__',
      'meta-data/instance-id/',
      'nothing',
    ])
      expect(await get(`/latest/${path}`)).toMatchObject({ status: 404 });
  });

  it('shows an override while it lasts', async () => {
    const notice = '{"action":"stop","time":"2026-01-02T03:04:05Z"}';
    end.override(LOCAL_INSTANCE, 'meta-data/spot/instance-action', notice);
    expect(await text('meta-data/spot/instance-action')).toBe(notice);
    end.override(LOCAL_INSTANCE, 'meta-data/spot/instance-action', undefined);
    expect(await get('/latest/meta-data/spot/instance-action')).toMatchObject({ status: 404 });
  });
});

describe('credentials', () => {
  it('are taken by the AWS provider and known to the store', async () => {
    process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] = `http://127.0.0.1:${port}`;
    try {
      const keys = await fromInstanceMetadata({ maxRetries: 0, timeout: 1000 })();
      const principal = credentials.find(keys.accessKeyId);
      expect(principal).toMatchObject({
        arn: `arn:aws:sts::111122223333:assumed-role/${MEMBER_ROLE}/${LOCAL_INSTANCE}`,
        secretAccessKey: keys.secretAccessKey,
        sessionToken: keys.sessionToken,
      });
      expect(keys.expiration?.getTime()).toBeGreaterThan(Date.now() + 5 * 3_600_000);
    } finally {
      delete process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'];
    }
  });
});

describe('faults', () => {
  it('refuses for a time and can be slow for one instance', async () => {
    end.fault({ status: 503, forMs: 60 });
    expect(await call('PUT', '/latest/api/token', { [TTL]: '60' })).toMatchObject({ status: 503 });
    await expect.poll(async () => (await call('PUT', '/latest/api/token', { [TTL]: '60' })).status).toBe(200);
    end.fault({ delayMs: 1000, instanceId: LOCAL_INSTANCE });
    const started = performance.now();
    await token('127.0.0.2');
    expect(performance.now() - started).toBeLessThan(990);
    const slow = performance.now();
    await token();
    expect(performance.now() - slow).toBeGreaterThanOrEqual(999);
    end.heal();
  });

  it('end for one instance alone', async () => {
    const asked = async () => (await call('PUT', '/latest/api/token', { [TTL]: '60' })).status;
    end.fault({ status: 503, instanceId: LOCAL_INSTANCE });
    end.heal('i-0000000000000beef');
    expect(await asked()).toBe(503);
    end.heal(LOCAL_INSTANCE);
    expect(await asked()).toBe(200);
  });

  it('end by their kind, and the others go on', async () => {
    const asked = async () => (await call('PUT', '/latest/api/token', { [TTL]: '60' })).status;
    end.fault({ status: 403, instanceId: LOCAL_INSTANCE });
    end.fault({ delayMs: 1, instanceId: LOCAL_INSTANCE });
    end.heal(LOCAL_INSTANCE, { delayMs: 1 });
    expect(await asked()).toBe(403);
    end.heal(LOCAL_INSTANCE, { status: 403 });
    expect(await asked()).toBe(200);
  });

  it('takes no connections of an instance for which it is gone', async () => {
    end.fault({ isGone: true, instanceId: LOCAL_INSTANCE });
    await expect(token()).rejects.toThrow('socket hang up');
    expect(await token('127.0.0.2')).not.toBe('');
    end.heal(LOCAL_INSTANCE, { isGone: true });
    expect(await token()).not.toBe('');
  });

  it('shows the lists of addresses as they were, and everything else as it is', async () => {
    const held = await token();
    const path = `/latest/meta-data/network/interfaces/macs/${MAC}/local-ipv4s`;
    const listed = async () => (await call('GET', path, { 'x-aws-ec2-metadata-token': held })).body;
    end.fault({ isStale: true, instanceId: LOCAL_INSTANCE });
    cloud.assign(LOCAL_ENI, ['127.0.0.77'], true);
    await expect
      .poll(() => cloud.secondaries(LOCAL_ENI, 'fabric'))
      .toEqual(expect.arrayContaining(['127.0.0.77']));
    expect(await listed()).toBe('127.0.0.1');
    const none = path.replace('local', 'public');
    expect(await call('GET', none, { 'x-aws-ec2-metadata-token': held })).toMatchObject({ status: 404 });
    end.heal(LOCAL_INSTANCE, { isStale: true });
    await expect.poll(listed).toBe('127.0.0.1\n127.0.0.77');
  });

  it('survives a client that goes away in the middle', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('PUT /latest/api/token HTTP/1.1\r\n');
    socket.destroy();
    expect(await token()).not.toBe('');
  });
});
