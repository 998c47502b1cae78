/** A cloud to look at: the lab's EC2 end with some instances in it, spoken to by the real command. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import type { Vip } from '../../../core/wire/names.ts';
import { LabClock } from '../../../lab/ends/clock.ts';
import { CredentialStore, MEMBER_ROLE } from '../../../lab/ends/credentials.ts';
import { Cloud } from '../../../lab/ends/ec2/cloud.ts';
import type { NewInstance } from '../../../lab/ends/ec2/model.ts';
import { Ec2End } from '../../../lab/ends/ec2/server.ts';
import { scratchDirectory } from '../../agent/scratch.ts';

export const SUBNET = 'subnet-0a000000000000001';
export const OTHER_SUBNET = 'subnet-0a000000000000002';
export const STRANGE_SUBNET = 'subnet-0b000000000000001';
export const VPC = 'vpc-0a000000000000001';
export const STRANGE_VPC = 'vpc-0b000000000000001';
export const node = (n: number): string => `i-0a0000000000000${String(n).padStart(2, '0')}`;
export const eni = (n: number): string => `eni-0a0000000000000${String(n).padStart(2, '0')}`;

/** Addresses that one interface may have here. */
export const ADDRESSES_MAX = 4;

export interface CloudWorld {
  readonly cloud: Cloud;
  readonly end: Ec2End;
  /** The operator's. */
  readonly client: EC2Client;
  readonly env: Record<'operator' | 'member' | 'stranger' | 'nobody', NodeJS.ProcessEnv>;
  /** One more instance, with the address 172.31.0.(10 + n) unless said otherwise. */
  add(n: number, fields?: Partial<NewInstance>): void;
  close(): Promise<void>;
}

export const openCloudWorld = async (): Promise<CloudWorld> => {
  const clock = new LabClock();
  const cloud = new Cloud({ clock, addressesPerInterfaceMax: ADDRESSES_MAX });
  for (const [subnetId, vpcId, cidrBlock] of [
    [SUBNET, VPC, '172.31.0.0/24'],
    [OTHER_SUBNET, VPC, '172.31.1.0/24'],
    [STRANGE_SUBNET, STRANGE_VPC, '172.31.0.0/24'],
  ] as const) {
    cloud.addSubnet({ subnetId, vpcId, cidrBlock, availabilityZone: 'us-east-1a' });
  }
  // Nobody's instance role may look at EC2.
  const credentials = new CredentialStore({ clock, permissions: { [MEMBER_ROLE]: [] } });
  const end = new Ec2End({ clock, credentials, cloud });
  const endpoint = `http://127.0.0.1:${await end.listen()}`;
  const envOf = (keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) => ({
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_EC2: endpoint,
    AWS_ACCESS_KEY_ID: keys.accessKeyId,
    AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    ...(keys.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: keys.sessionToken }),
  });
  const { accessKeyId, secretAccessKey } = credentials.operator();
  const client = new EC2Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
  return {
    cloud,
    end,
    client,
    env: {
      operator: envOf({ accessKeyId, secretAccessKey }),
      member: envOf(credentials.session(MEMBER_ROLE, node(1))),
      stranger: envOf({ accessKeyId: 'AKIAWRONGWRONGWRONG0', secretAccessKey: 'wrong' }),
      nobody: {
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL_EC2: endpoint,
        AWS_EC2_METADATA_DISABLED: 'true',
        HOME: '/nonexistent',
      },
    },
    add: (n, fields = {}) => {
      cloud.addInstance({
        instanceId: node(n),
        networkInterfaceId: eni(n),
        subnetId: SUBNET,
        privateIpAddress: `172.31.0.${10 + n}`,
        macAddress: `02:00:ac:1f:00:${String(n).padStart(2, '0')}`,
        securityGroups: ['sg-0a000000000000001'],
        ...fields,
      });
    },
    close: async () => {
      client.destroy();
      await end.close();
    },
  };
};

export interface GroupWords {
  /** Secondary IPs by their addresses, others as they are written. */
  readonly vips?: readonly (string | Vip)[];
  readonly members?: readonly string[];
  /** Beside those that are named: whom a role lets in. */
  readonly role?: string;
  /** @default false */
  readonly exclusive?: boolean;
}

/** A keepaloft.yaml in a folder of its own; returns its path. */
export const writeConfig = (groups: Readonly<Record<string, GroupWords>>): string => {
  const file = {
    version: 1,
    groups: Object.fromEntries(
      Object.entries(groups).map(
        ([name, { vips = ['172.31.0.201'], members = [node(1), node(2)], role, exclusive = false }]) => [
          name,
          {
            vips: vips.map((vip) =>
              typeof vip === 'string' ? { address: vip, fabric: 'secondary-ip' } : vip,
            ),
            members: [
              ...members.map((instance) => ({ instance })),
              ...(role === undefined ? [] : [{ tag: { role } }]),
            ],
            exclusive,
          },
        ],
      ),
    ),
  };
  const path = join(scratchDirectory(), 'keepaloft.yaml');
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(file));
  return path;
};
