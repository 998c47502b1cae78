/** What EC2 says about Elastic IPs, reduced to where each one stands. */
import { DescribeAddressesCommand, type DescribeAddressesRequest, type EC2Client } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { type EniId, eniIdSchema, ipv4Schema } from '../../../core/wire/names.ts';
import { asked } from '../ec2/ask.ts';
import { FabricError, type FabricScope } from '../fabric.ts';

export interface Allocation {
  readonly id: string;
  readonly publicIp: string;
  /** Undefined: it stands nowhere. */
  readonly eni: EniId | undefined;
  readonly private: string | undefined;
}

const addressSchema = z.object({
  AllocationId: z.string(),
  PublicIp: ipv4Schema,
  NetworkInterfaceId: z.optional(eniIdSchema),
  PrivateIpAddress: z.optional(ipv4Schema),
});

/** @throws FabricError */
export const describeAllocations = async (
  client: EC2Client,
  which: Pick<DescribeAddressesRequest, 'AllocationIds' | 'Filters'>,
  scope: FabricScope,
): Promise<Allocation[]> => {
  const answer = await asked('DescribeAddresses', scope, () =>
    client.send(new DescribeAddressesCommand(which), { abortSignal: scope.signal }),
  );
  return (answer.Addresses ?? []).map((found) => {
    const parsed = addressSchema.safeParse(found);
    if (!parsed.success) {
      throw new FabricError(
        'UnexpectedAnswer',
        'DescribeAddresses answered an Elastic IP without its address',
        parsed.error,
      );
    }
    const { AllocationId, PublicIp, NetworkInterfaceId, PrivateIpAddress } = parsed.data;
    return { id: AllocationId, publicIp: PublicIp, eni: NetworkInterfaceId, private: PrivateIpAddress };
  });
};
