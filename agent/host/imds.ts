/** The instance metadata service, version 2: who this instance is, and which addresses the fabric gave it. */
import { Agent } from 'node:http';
import * as z from 'zod/mini';
import { canonicalIpv6, ipv6Schema } from '../../core/wire/ipv6.ts';
import { eniIdSchema, ipv4Schema, nodeIdSchema } from '../../core/wire/names.ts';
import { ImdsError } from '../errors.ts';
import { type Answer, roundTrip } from '../round-trip.ts';

export const IMDS_ENDPOINT = 'http://169.254.169.254';
/** The service is on the host's own hypervisor: a healthy one answers within a few milliseconds. */
const TIMEOUT_MS = 1000;
/** Where nothing waits for the answer, or nothing can go on without it: a service that is slow is better than none. */
export const PATIENT_TIMEOUT_MS = 5000;
const ANSWER_BYTES_MAX = 65_536;
const TOKEN_TTL_S = 21_600;
/** A list of addresses longer than EC2 allows on one interface is not a list of addresses. */
const ADDRESSES_MAX = 256;

export const identitySchema = z.object({
  instanceId: nodeIdSchema,
  region: z.string().check(z.minLength(1)),
  availabilityZone: z.string().check(z.minLength(1)),
  mac: z.string().check(z.regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)),
  eni: eniIdSchema,
  /** The primary private address. */
  address: ipv4Schema,
});
/** Who this instance is. `eni` and `mac` are of its primary network interface. */
export type Identity = z.infer<typeof identitySchema>;

const documentSchema = z.object({
  instanceId: z.string(),
  region: z.string(),
  availabilityZone: z.string(),
  privateIp: z.string(),
});

const roleCredentialsSchema = z.object({
  Code: z.literal('Success'),
  AccessKeyId: z.string().check(z.minLength(1)),
  SecretAccessKey: z.string().check(z.minLength(1)),
  Token: z.string().check(z.minLength(1)),
  Expiration: z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text)), 'not a date')),
});

/** Credentials of the instance's role, as the metadata service hands them out. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

export interface Imds {
  readonly identity: () => Promise<Identity>;
  /** The IPv4 addresses that the fabric maps to the primary interface, the primary one included. */
  readonly localIpv4s: () => Promise<string[]>;
  /** The public IPv4 addresses that the fabric translates to addresses of the primary interface; often none. */
  readonly publicIpv4s: () => Promise<string[]>;
  /** The IPv4 block of the subnet of the interface with this MAC address; undefined: the service knows none. */
  readonly subnetOf: (mac: string) => Promise<string | undefined>;
  /** The IPv6 addresses that the fabric maps to the primary interface; often none. */
  readonly ipv6s: () => Promise<string[]>;
  readonly roleCredentials: () => Promise<RoleCredentials>;
  readonly close: () => void;
}

const unreachable = (what: string, cause: unknown): ImdsError =>
  new ImdsError('imds-unreachable', `the instance metadata service did not answer for ${what}`, {
    remedy: 'check that IMDS is enabled on the instance and that no firewall rule blocks 169.254.169.254',
    cause,
  });

const unexpected = (what: string, cause?: unknown): ImdsError =>
  new ImdsError('imds-unexpected', `the instance metadata service gave no usable answer for ${what}`, {
    remedy: 'check that this is an EC2 instance with IMDSv2',
    cause,
  });

const statusError = (what: string, status: number): ImdsError =>
  status === 404
    ? new ImdsError('imds-not-found', `the instance metadata service has no ${what}`, {
        remedy: what.startsWith('meta-data/iam/')
          ? 'attach an instance profile whose role may call the arbiter'
          : 'check that this is an EC2 instance in a VPC',
      })
    : new ImdsError('imds-refused', `the instance metadata service answered ${status} for ${what}`, {
        remedy: status === 403 ? 'enable IMDSv2 on the instance' : 'look at the state of the instance',
      });

const parse = <T extends z.ZodMiniType>(schema: T, value: unknown, what: string): z.output<T> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw unexpected(what, parsed.error);
};

const parseJson = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unexpected(what, cause);
  }
};

/**
 * A client that keeps its connection and its session token.
 * @param endpoint another one than EC2's, for tests only: no configuration reaches it
 * @throws ImdsError from every method
 * @example const { instanceId } = await createImds().identity();
 */
export const createImds = (endpoint: string = IMDS_ENDPOINT, timeoutMs: number = TIMEOUT_MS): Imds => {
  const connections = new Agent({ keepAlive: true, maxSockets: 2, scheduling: 'lifo' });
  let token: string | undefined;
  let mac: string | undefined;

  const ask = async (
    method: 'GET' | 'PUT',
    path: string,
    headers: Record<string, string>,
  ): Promise<Answer> => {
    try {
      return await roundTrip({
        url: new URL(`${endpoint}/latest/${path}`),
        options: { method, headers, agent: connections },
        timeoutMs,
        answerBytesMax: ANSWER_BYTES_MAX,
      });
    } catch (cause) {
      throw unreachable(path, cause);
    }
  };
  const renewToken = async (): Promise<string> => {
    const answer = await ask('PUT', 'api/token', {
      'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_TTL_S),
      'content-length': '0',
    });
    if (answer.status !== 200) throw statusError('api/token', answer.status);
    token = answer.body.toString('latin1').trim();
    return token;
  };
  const get = async (path: string): Promise<string> => {
    const used = token;
    const first = await ask('GET', path, { 'x-aws-ec2-metadata-token': used ?? (await renewToken()) });
    // 401: the token ran out, or the instance was resumed elsewhere. Once, with a new one.
    const answer =
      first.status === 401 && used !== undefined
        ? await ask('GET', path, { 'x-aws-ec2-metadata-token': await renewToken() })
        : first;
    if (answer.status !== 200) throw statusError(path, answer.status);
    return answer.body.toString('utf8').trim();
  };
  const primaryMac = async (): Promise<string> => {
    mac ??= (await get('meta-data/mac')).toLowerCase();
    return mac;
  };

  const addresses = async (kind: 'local-ipv4s' | 'public-ipv4s' | 'ipv6s'): Promise<string[]> => {
    const path = `meta-data/network/interfaces/macs/${await primaryMac()}/${kind}`;
    const lines = (await get(path)).split(/\s+/);
    const isOther = kind === 'ipv6s';
    const spelt = isOther ? lines.map((line) => canonicalIpv6(line) ?? line) : lines;
    return parse(z.array(isOther ? ipv6Schema : ipv4Schema).check(z.maxLength(ADDRESSES_MAX)), spelt, path);
  };
  /** Undefined: there is no such entry. */
  const ifThere = async <T>(asked: Promise<T>): Promise<T | undefined> => {
    try {
      return await asked;
    } catch (cause) {
      if (cause instanceof ImdsError && cause.code === 'imds-not-found') return undefined;
      throw cause;
    }
  };

  return {
    identity: async () => {
      const path = 'dynamic/instance-identity/document';
      const { privateIp, ...document } = parse(documentSchema, parseJson(await get(path), path), path);
      const own = await primaryMac();
      const eni = await get(`meta-data/network/interfaces/macs/${own}/interface-id`);
      return parse(identitySchema, { ...document, mac: own, eni, address: privateIp }, path);
    },
    localIpv4s: () => addresses('local-ipv4s'),
    // An interface without any has no such entry.
    publicIpv4s: async () => (await ifThere(addresses('public-ipv4s'))) ?? [],
    subnetOf: (own) => ifThere(get(`meta-data/network/interfaces/macs/${own}/subnet-ipv4-cidr-block`)),
    ipv6s: async () => (await ifThere(addresses('ipv6s'))) ?? [],
    roleCredentials: async () => {
      const folder = 'meta-data/iam/security-credentials/';
      const [role = ''] = (await get(folder)).split('\n');
      const path = `${folder}${encodeURIComponent(role.trim())}`;
      const found = parse(roleCredentialsSchema, parseJson(await get(path), path), path);
      return {
        accessKeyId: found.AccessKeyId,
        secretAccessKey: found.SecretAccessKey,
        sessionToken: found.Token,
        expiration: new Date(found.Expiration),
      };
    },
    close: () => connections.destroy(),
  };
};
