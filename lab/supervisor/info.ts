/** What a user of a lab needs in order to talk to it: namespaces, processes, endpoints, credentials. */
import type { LabInfo } from '../control/types.ts';
import { LAB_REGION, type Principal } from '../ends/credentials.ts';
import type { VpcNetwork } from '../net/namespaces.ts';
import type { Hosts } from './hosts.ts';
import { UDP_PORT } from './plan.ts';

export interface InfoScene {
  readonly labId: string;
  readonly dir: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly table: string;
  readonly vips: readonly string[];
  readonly network: VpcNetwork;
  readonly hosts: Hosts;
  readonly operator: Principal;
  readonly endpoints: LabInfo['endpoints'];
  /** Variables by which clients find the other services. */
  readonly env: Readonly<Record<string, string>>;
}

/** The lab as it is now: process ids change when faults strike. */
export const labInfo = ({ network, hosts, operator, endpoints, env, ...lab }: InfoScene): LabInfo => ({
  lab: lab.labId,
  mode: network.privilege.mode,
  pid: process.pid,
  dir: lab.dir,
  startedAt: lab.startedAt,
  table: lab.table,
  vips: [...lab.vips],
  servicePort: UDP_PORT,
  client: { netns: network.client.namespace, address: network.client.address },
  fabric: { netns: network.fabric },
  hosts: hosts.all.map((host) => ({
    ...host,
    netns: network.host(host.name).namespace,
    agentPid: hosts.pid(host.name, 'agent'),
    servicePid: hosts.pid(host.name, 'service'),
  })),
  endpoints,
  env: {
    AWS_ACCESS_KEY_ID: operator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
    AWS_REGION: LAB_REGION,
    AWS_DEFAULT_REGION: LAB_REGION,
    AWS_ENDPOINT_URL_EC2: endpoints.ec2,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    ...env,
    KEEPALOFT_ENDPOINT: endpoints.api,
  },
  enter: Object.fromEntries(network.namespaces.map((name) => [name, network.enter(name)])),
});
