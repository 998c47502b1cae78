// Proves, against the lab's metadata service and servers that fail in each way, what doctor makes of it.
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { metadataFindings } from '../../../agent/doctor/check/metadata.ts';
import { lookAtMetadata } from '../../../agent/doctor/collect/metadata.ts';
import { LabClock } from '../../../lab/ends/clock.ts';
import { Cloud } from '../../../lab/ends/ec2/cloud.ts';
import { ImdsEnd } from '../../../lab/ends/imds/server.ts';
import { storeOf } from '../../lab/ends/small-vpc.ts';

const TIMEOUT_MS = 300;
const node = 'i-0a000000000000001';
const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const end of open.splice(0)) await end.close();
});

/** A metadata service for this very machine. */
const imds = async (): Promise<{ endpoint: string; cloud: Cloud }> => {
  const clock = new LabClock();
  const cloud = new Cloud({ clock });
  const place = {
    subnetId: 'subnet-a',
    vpcId: 'vpc-a',
    cidrBlock: '127.0.0.0/24',
    availabilityZone: 'us-east-1a',
  };
  cloud.addSubnet(place);
  cloud.addInstance({
    instanceId: node,
    networkInterfaceId: 'eni-0a000000000000001',
    subnetId: 'subnet-a',
    privateIpAddress: '127.0.0.1',
    macAddress: '02:00:7f:00:00:01',
  });
  const end = new ImdsEnd({ clock, cloud, credentials: storeOf(clock) });
  open.push(end);
  return { endpoint: `http://127.0.0.1:${await end.listen()}`, cloud };
};

const serve = async (listener: RequestListener): Promise<string> => {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const codesOf = async (endpoint: string): Promise<string[]> =>
  metadataFindings(await lookAtMetadata(endpoint, TIMEOUT_MS)).map(
    ({ verdict, code }) => `${verdict} ${code}`,
  );

describe('doctor on the metadata service', () => {
  it('learns who this is', async () => {
    const { endpoint, cloud } = await imds();
    cloud.assign('eni-0a000000000000001', ['127.0.0.201'], false);
    expect(await lookAtMetadata(endpoint)).toEqual({
      kind: 'answers',
      instanceId: node,
      address: '127.0.0.1',
      cidr: '127.0.0.0/24',
      localIpv4s: ['127.0.0.1', '127.0.0.201'],
      ipv6s: [],
      ipv6Cidrs: [],
      role: 'KeepaloftMember',
    });
    expect(await codesOf(endpoint)).toEqual(['ok imds', 'ok instance-profile']);
  });

  it('imds-unreachable: nothing listens, or nothing answers', async () => {
    expect(await codesOf('http://127.0.0.1:1')).toEqual(['bad imds-unreachable']);
    expect(await codesOf(await serve(() => undefined))).toEqual(['bad imds-unreachable']);
  });

  it('imds-hop-limit: everything is answered but the token', async () => {
    const endpoint = await serve((request, response) => {
      if (request.method === 'GET') response.writeHead(401).end();
    });
    expect(await codesOf(endpoint)).toEqual(['bad imds-hop-limit']);
  });

  it('imds-refused: it is switched off', async () => {
    const endpoint = await serve((_, response) => response.writeHead(403).end());
    const [finding] = metadataFindings(await lookAtMetadata(endpoint, TIMEOUT_MS));
    expect(finding).toMatchObject({ verdict: 'bad', code: 'imds-refused' });
    expect(finding?.fix).toContain('it is switched off');
  });

  it('no-instance-profile', async () => {
    const { endpoint } = await imds();
    // The lab gives every instance a profile, so here what lies below iam/ is hidden from a real answer.
    const front = await serve((request, response) => {
      const url = request.url ?? '';
      if (url.includes('/iam/')) {
        response.writeHead(404).end();
        return;
      }
      const { method = 'GET', headers } = request;
      const sent = Object.fromEntries(
        Object.entries(headers).flatMap(([name, value]) =>
          name.startsWith('x-aws-') && typeof value === 'string' ? [[name, value]] : [],
        ),
      );
      void fetch(`${endpoint}${url}`, { method, headers: sent }).then(async (answer) =>
        response.writeHead(answer.status).end(await answer.text()),
      );
    });
    expect(await codesOf(front)).toEqual(['ok imds', 'bad no-instance-profile']);
  });
});
