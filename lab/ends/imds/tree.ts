/** What the instance metadata service shows to one instance: directories and leaves under `/latest`. */
import { LAB_ACCOUNT_ID, LAB_REGION, type SessionPrincipal } from '../credentials.ts';
import type { Cloud } from '../ec2/cloud.ts';
import type { Instance, NetworkInterface, Subnet } from '../ec2/model.ts';

/** A leaf gives its text when asked; a directory lists its members. */
export interface Directory {
  [name: string]: Directory | (() => string);
}

export interface TreeOptions {
  cloud: Cloud;
  instance: Instance;
  role: string;
  roleId: string;
  session: () => SessionPrincipal;
}

/** Times in IMDS documents have no fraction. */
const stamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const dnsName = (address: string): string => `ip-${address.replaceAll('.', '-')}.ec2.internal`;

const privateOf = (cloud: Cloud, face: NetworkInterface): string[] => [
  face.privateIpAddress,
  ...cloud.secondaries(face.networkInterfaceId, 'fabric'),
];

/** The Elastic IPs of an interface with the private address of each; without any there are no such entries. */
function publicDirectory(cloud: Cloud, face: NetworkInterface): Directory {
  const pairs = privateOf(cloud, face).flatMap((address) => {
    const publicIp = cloud.elasticIps.on(address, 'fabric')?.publicIp;
    return publicIp === undefined ? [] : [[publicIp, address] as const];
  });
  if (pairs.length === 0) return {};
  return {
    'ipv4-associations': Object.fromEntries(pairs.map(([publicIp, address]) => [publicIp, () => address])),
    'public-ipv4s': () => pairs.map(([publicIp]) => publicIp).join('\n'),
  };
}

/** As with public addresses: without any there are no such entries. */
function ipv6Entries(cloud: Cloud, face: NetworkInterface, { ipv6CidrBlock }: Subnet): Directory {
  const addresses = cloud.ipv6s.of(face.networkInterfaceId, 'fabric');
  return {
    ...(addresses.length === 0 ? {} : { ipv6s: () => addresses.join('\n') }),
    ...(ipv6CidrBlock === undefined ? {} : { 'subnet-ipv6-cidr-blocks': () => ipv6CidrBlock }),
  };
}

function interfaceDirectory(cloud: Cloud, face: NetworkInterface): Directory {
  const subnet = cloud.subnet(face.subnetId);
  return {
    ...publicDirectory(cloud, face),
    'device-number': () => String(face.deviceIndex),
    'interface-id': () => face.networkInterfaceId,
    ...ipv6Entries(cloud, face, subnet),
    'local-hostname': () => dnsName(face.privateIpAddress),
    // The primary first, then the secondaries as far as the fabric has applied them.
    'local-ipv4s': () => privateOf(cloud, face).join('\n'),
    mac: () => face.macAddress,
    'owner-id': () => LAB_ACCOUNT_ID,
    'subnet-id': () => face.subnetId,
    'subnet-ipv4-cidr-block': () => subnet.cidrBlock,
    'vpc-id': () => face.vpcId,
  };
}

function iamDirectory({ role, roleId, session }: TreeOptions): Directory {
  const credentials = (): string => {
    const keys = session();
    const document = {
      Code: 'Success',
      LastUpdated: stamp(keys.issuedAtMs),
      Type: 'AWS-HMAC',
      AccessKeyId: keys.accessKeyId,
      SecretAccessKey: keys.secretAccessKey,
      Token: keys.sessionToken,
      Expiration: stamp(keys.expiresAtMs),
    };
    return JSON.stringify(document, null, 2);
  };
  const info = (): string =>
    JSON.stringify(
      {
        Code: 'Success',
        LastUpdated: stamp(session().issuedAtMs),
        InstanceProfileArn: `arn:aws:iam::${LAB_ACCOUNT_ID}:instance-profile/${role}`,
        InstanceProfileId: roleId.replace('AROA', 'AIPA'),
      },
      null,
      2,
    );
  return { info, 'security-credentials': { [role]: credentials } };
}

function identityDocument(instance: Instance, face: NetworkInterface): string {
  const document = {
    accountId: LAB_ACCOUNT_ID,
    architecture: 'x86_64',
    availabilityZone: face.availabilityZone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: instance.imageId,
    instanceId: instance.instanceId,
    instanceType: instance.instanceType,
    kernelId: null,
    pendingTime: stamp(instance.launchedAtMs),
    privateIp: face.privateIpAddress,
    ramdiskId: null,
    region: LAB_REGION,
    version: '2017-09-30',
  };
  return JSON.stringify(document, null, 2);
}

/** The whole tree of an instance; undefined when it has no interface (it was terminated). */
export function metadataTree(options: TreeOptions): Directory | undefined {
  const { cloud, instance } = options;
  const faces = cloud.interfacesOf(instance.instanceId);
  const first = faces.find((face) => face.deviceIndex === 0);
  if (first === undefined) return undefined;
  const macs = Object.fromEntries(faces.map((face) => [face.macAddress, interfaceDirectory(cloud, face)]));
  return {
    dynamic: { 'instance-identity': { document: () => identityDocument(instance, first) } },
    'meta-data': {
      'ami-id': () => instance.imageId,
      'ami-launch-index': () => '0',
      autoscaling: { 'target-lifecycle-state': () => 'InService' },
      events: { maintenance: { history: () => '[]', scheduled: () => '[]' } },
      hostname: () => dnsName(first.privateIpAddress),
      iam: iamDirectory(options),
      'instance-id': () => instance.instanceId,
      'instance-life-cycle': () => 'on-demand',
      'instance-type': () => instance.instanceType,
      'local-hostname': () => dnsName(first.privateIpAddress),
      'local-ipv4': () => first.privateIpAddress,
      mac: () => first.macAddress,
      network: { interfaces: { macs } },
      placement: { 'availability-zone': () => first.availabilityZone, region: () => LAB_REGION },
      services: { domain: () => 'amazonaws.com', partition: () => 'aws' },
    },
  };
}

/** The text at a path below `/latest`: a leaf's value, or a directory's listing with `/` behind directories. */
export function readTree(tree: Directory, path: string): string | undefined {
  let node: Directory[string] = tree;
  for (const name of path.split('/').filter((part) => part !== '')) {
    if (typeof node === 'function' || !Object.hasOwn(node, name)) return undefined;
    const next: Directory[string] | undefined = node[name];
    if (next === undefined) return undefined;
    node = next;
  }
  if (typeof node === 'function') return path.endsWith('/') ? undefined : node();
  const names = Object.entries(node).map(([name, member]) =>
    typeof member === 'function' ? name : `${name}/`,
  );
  return names.sort().join('\n');
}
