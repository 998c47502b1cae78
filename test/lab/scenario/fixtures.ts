/** A lab of two hosts as its control socket describes it. */
import type { LabInfo, LabStatus } from '../../../lab/control/types.ts';

const host = (n: number): LabInfo['hosts'][number] => ({
  name: `host${n}`,
  instanceId: `i-0000000000000000${n}`,
  eni: `eni-0000000000000000${n}`,
  address: `172.31.0.1${n}`,
  netns: `kl12ab-host${n}`,
  agentPid: 100 + n,
  servicePid: 200 + n,
});

export const labInfo = (): LabInfo => ({
  lab: '12ab',
  mode: 'root',
  pid: 1,
  dir: '/tmp/lab',
  startedAt: 1_000_000,
  table: 'keepaloft',
  vips: ['172.31.0.201'],
  servicePort: 7007,
  client: { netns: 'kl12ab-client', address: '172.31.0.100' },
  fabric: { netns: 'kl12ab-vpc' },
  hosts: [host(1), host(2)],
  endpoints: {
    ec2: 'http://127.0.0.1:1',
    api: 'http://127.0.0.1:2',
    dynamodb: 'http://127.0.0.1:3',
    console: 'http://127.0.0.1:4/key/',
  },
  env: { AWS_REGION: 'us-east-1' },
  enter: { 'kl12ab-host1': [], 'kl12ab-host2': [], 'kl12ab-client': [] },
});

export type Group = LabStatus['groups'][number];
export type Member = Group['members'][number];

export const member = (n: number, state: Member['state'], change: Partial<Member> = {}): Member => ({
  node: `i-0000000000000000${n}`,
  host: `host${n}`,
  state,
  priority: 250 - 50 * n,
  health: 'ok',
  beat: `1:${n}`,
  ageMs: 400,
  bound: state === 'MASTER',
  inFabric: state === 'MASTER',
  ...change,
});

export const group = (change: Partial<Group> = {}): Group => ({
  name: 'demo',
  epoch: 1,
  phase: 'held',
  holder: 'i-00000000000000001',
  holderHost: 'host1',
  reason: 'first',
  repairs: 0,
  vips: [{ address: '172.31.0.201', fabric: 'secondary-ip', owner: 'host1' }],
  members: [member(1, 'MASTER'), member(2, 'BACKUP')],
  ...change,
});

export const labStatus = (change: Partial<Group> = {}): LabStatus => ({
  lab: '12ab',
  groups: [group(change)],
  faults: [],
  counts: { ec2: {}, dynamodb: {}, metrics: {} },
});
