import { type ISubnet } from 'aws-cdk-lib/aws-ec2';
import type { FabricKind } from '../core/wire/names.ts';

/** An address that a group moves, and the mechanism of the cloud that moves it. */
export class Vip {
  /**
   * A secondary private IPv4 address in the members' own subnet.
   *
   * @param address such as 172.31.0.201
   * @param subnet the members' subnet. When it is known, the address is reserved there, and an address outside of it
   *   is refused at synthesis. Otherwise the deployment itself finds out.
   */
  static secondaryIp(address: string, subnet?: ISubnet): Vip {
    return new Vip(address, 'secondary-ip', subnet);
  }

  readonly address: string;
  /** Name of the mechanism, as in keepaloft.yaml. */
  readonly fabric: string;
  readonly subnet: ISubnet | undefined;

  private constructor(address: string, fabric: FabricKind, subnet: ISubnet | undefined) {
    this.address = address;
    this.fabric = fabric;
    this.subnet = subnet;
  }
}
