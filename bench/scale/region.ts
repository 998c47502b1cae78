/** EC2 and the identities of a story: the lab's own EC2 end, with its throttle buckets, in the story's time. */
import { ARBITER_ROLE, CredentialStore, LAB_REGION } from '../../lab/ends/credentials.ts';
import { Cloud } from '../../lab/ends/ec2/cloud.ts';
import { Ec2End } from '../../lab/ends/ec2/server.ts';
import type { Fleet } from './fleet.ts';
import type { StoryClock } from './story-clock.ts';
import { SUBNET_CIDR } from './village.ts';

const SUBNET = 'subnet-00000000000000001';
const ASSIGN = 'AssignPrivateIpAddresses';

const macOf = (index: number): string =>
  `02:00:00:${[index >> 16, (index >> 8) & 255, index & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`;

export class Region {
  readonly credentials: CredentialStore;
  readonly #cloud: Cloud;
  readonly #ec2: Ec2End;

  /** The cloud that a fleet lives in. Calls are acknowledged and applied at once: their time is the story's affair. */
  constructor(fleet: Fleet, clock: StoryClock) {
    this.credentials = new CredentialStore({ clock });
    this.#cloud = new Cloud({ clock, delays: { ackMs: 0, propagationMs: 0 } });
    this.#ec2 = new Ec2End({ clock, credentials: this.credentials, cloud: this.#cloud });
    this.#cloud.addSubnet({
      subnetId: SUBNET,
      vpcId: 'vpc-00000000000000001',
      cidrBlock: SUBNET_CIDR,
      availabilityZone: `${LAB_REGION}a`,
    });
    const nodes = new Map<string, string>();
    const members = fleet.groups.flatMap((group) => group.members);
    for (const [index, { node, eni, address }] of members.entries()) {
      nodes.set(eni, node);
      const macAddress = macOf(index);
      const spec = { instanceId: node, networkInterfaceId: eni, subnetId: SUBNET, privateIpAddress: address };
      this.#cloud.addInstance({ ...spec, macAddress });
    }
    // What the rehearsal has moved is where it is; from here on the fabric follows EC2.
    for (const {
      vip,
      members: [first, second],
    } of fleet.groups) {
      const owner = [first, second].find((member) => member?.node === fleet.ownerOf(vip));
      if (owner !== undefined) this.#cloud.assign(owner.eni, [vip], true);
    }
    this.#cloud.onApplied = ({ address, toInterfaceId = '' }) => {
      const node = nodes.get(toInterfaceId);
      if (node !== undefined) fleet.deliver(address, fleet.member(node).node);
    };
  }

  /** Serves EC2's API on 127.0.0.1. @returns the environment of the function, DynamoDB and its table included */
  async open(dynamodb: string, table: string): Promise<Record<string, string>> {
    const port = await this.#ec2.listen();
    const keys = this.credentials.session(ARBITER_ROLE, 'keepaloft-heartbeat');
    return {
      TABLE_NAME: table,
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_SESSION_TOKEN: keys.sessionToken,
      AWS_ENDPOINT_URL_EC2: `http://127.0.0.1:${port}`,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
    };
  }

  /** Calls so far: moves, moves that EC2 refused, and all others. */
  counts(): { readonly moves: number; readonly refused: number; readonly others: number } {
    const { [ASSIGN]: assign, ...others } = this.#ec2.counts();
    return {
      moves: assign?.calls ?? 0,
      refused: assign?.errors ?? 0,
      others: Object.values(others).reduce((sum, { calls }) => sum + calls, 0),
    };
  }

  close(): Promise<void> {
    return this.#ec2.close();
  }
}
