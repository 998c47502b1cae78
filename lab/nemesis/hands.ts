/** Another hand than the arbiter's at the lab's EC2: what a script, a colleague or a second system would call. */
import {
  AssignPrivateIpAddressesCommand,
  AssociateAddressCommand,
  DeleteRouteCommand,
  DescribeAddressesCommand,
  DisassociateAddressCommand,
  EC2Client,
  ReplaceRouteCommand,
} from '@aws-sdk/client-ec2';
import type { Vip } from '../../core/wire/names.ts';
import { giveIpv6 } from '../control/give-ipv6.ts';
import type { LabInfo } from '../control/types.ts';
import { LabError } from '../errors.ts';
import type { StrikeKind } from './catalogue.ts';

/** As a script would: one that is throttled tries again, and the strike is over before the next one. */
const TRIES_MAX = 3;

const refused = (doing: string, cause: unknown): LabError =>
  new LabError('hand-refused', `${doing}: ${String(cause)}`, {
    remedy: 'none is needed: it did not happen',
    cause,
  });

export class ForeignHand {
  readonly #ec2: EC2Client;

  constructor({ env, endpoints }: Pick<LabInfo, 'env' | 'endpoints'>) {
    this.#ec2 = new EC2Client({
      region: env['AWS_REGION'] ?? 'us-east-1',
      endpoint: endpoints.ec2,
      maxAttempts: TRIES_MAX,
      credentials: {
        accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
  }

  /**
   * Lays a hand on a VIP.
   * @param eni to whose interface, where it leads somewhere
   * @param place of the VIP's route tables the one of this place
   * @returns the table, where it was one
   * @throws LabError when EC2 refuses; then nothing has happened
   */
  async lay(kind: StrikeKind, vip: Vip, eni: string, place: number): Promise<string> {
    try {
      switch (vip.fabric) {
        case 'route':
          return await this.#route(kind, vip, eni, place);
        case 'elastic-ip':
          return await this.#elasticIp(kind, vip, eni);
        case 'secondary-ip':
          return await this.#assign(vip.address, eni);
        case 'ipv6':
          await giveIpv6(this.#ec2, vip.address, eni);
          return '';
        case 'l2':
          throw new RangeError('no call of EC2 moves it');
      }
    } catch (cause) {
      throw refused(`${kind} of ${vip.address}`, cause);
    }
  }

  close(): void {
    this.#ec2.destroy();
  }

  async #assign(address: string, eni: string): Promise<string> {
    await this.#ec2.send(
      new AssignPrivateIpAddressesCommand({
        NetworkInterfaceId: eni,
        PrivateIpAddresses: [address],
        AllowReassignment: true,
      }),
    );
    return '';
  }

  async #route(
    kind: StrikeKind,
    { address, tables }: Extract<Vip, { fabric: 'route' }>,
    eni: string,
    place: number,
  ): Promise<string> {
    const table = tables[place % tables.length] ?? '';
    const where = { RouteTableId: table, DestinationCidrBlock: `${address}/32` };
    await (kind === 'route'
      ? this.#ec2.send(new ReplaceRouteCommand({ ...where, NetworkInterfaceId: eni }))
      : this.#ec2.send(new DeleteRouteCommand(where)));
    return `in ${table}`;
  }

  async #elasticIp(
    kind: StrikeKind,
    { allocation }: Extract<Vip, { fabric: 'elastic-ip' }>,
    eni: string,
  ): Promise<string> {
    if (kind === 'associate') {
      await this.#ec2.send(
        new AssociateAddressCommand({
          AllocationId: allocation,
          NetworkInterfaceId: eni,
          AllowReassociation: true,
        }),
      );
      return '';
    }
    const { Addresses = [] } = await this.#ec2.send(
      new DescribeAddressesCommand({ AllocationIds: [allocation] }),
    );
    await this.#ec2.send(new DisassociateAddressCommand({ AssociationId: Addresses[0]?.AssociationId }));
    return '';
  }
}
