/** What EC2 says about interfaces, reduced to what a move depends on. */
import {
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  type Filter,
  type NetworkInterface,
} from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { type EniId, eniIdSchema, ipv4Schema } from '../../../core/wire/names.ts';
import { FabricError, type FabricScope } from '../fabric.ts';
import { classify } from './classify.ts';

/** A filtered answer is a handful of interfaces; more pages than these are a defect, not data. */
const PAGES_MAX = 4;

export interface Eni {
  readonly id: EniId;
  readonly vpc: string;
  readonly subnet: string;
  readonly primary: string;
  readonly addresses: readonly string[];
}

const interfaceSchema = z.object({
  NetworkInterfaceId: eniIdSchema,
  VpcId: z.string(),
  SubnetId: z.string(),
  PrivateIpAddresses: z.array(z.object({ PrivateIpAddress: ipv4Schema, Primary: z.optional(z.boolean()) })),
});

const toEni = (found: NetworkInterface): Eni => {
  const parsed = interfaceSchema.safeParse(found);
  if (!parsed.success) {
    throw new FabricError(
      'UnexpectedAnswer',
      'DescribeNetworkInterfaces answered an interface without its addresses',
      parsed.error,
    );
  }
  const { NetworkInterfaceId: id, VpcId: vpc, SubnetId: subnet, PrivateIpAddresses: entries } = parsed.data;
  const primary = entries.find((entry) => entry.Primary === true)?.PrivateIpAddress ?? '';
  return { id, vpc, subnet, primary, addresses: entries.map((entry) => entry.PrivateIpAddress) };
};

const journalled = async <T>(action: string, scope: FabricScope, call: () => Promise<T>): Promise<T> => {
  const startMs = performance.now();
  const journal = (code: string): void =>
    scope.onCall({ action, ms: Math.round(performance.now() - startMs), ok: code === 'ok', code });
  try {
    const answer = await call();
    journal('ok');
    return answer;
  } catch (thrown) {
    const { code, message } = classify(thrown);
    journal(code);
    throw new FabricError(code, `${action} failed: ${message}`, thrown);
  }
};

/** All interfaces that a filter finds, in every VPC of the region. @throws FabricError */
export const describeEnis = async (client: EC2Client, filter: Filter, scope: FabricScope): Promise<Eni[]> => {
  const found: Eni[] = [];
  let token: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const command = new DescribeNetworkInterfacesCommand({
      Filters: [filter],
      ...(token === undefined ? {} : { NextToken: token }),
    });
    const answer = await journalled('DescribeNetworkInterfaces', scope, () =>
      client.send(command, { abortSignal: scope.signal }),
    );
    found.push(...(answer.NetworkInterfaces ?? []).map(toEni));
    token = answer.NextToken;
    if (token === undefined || token === '') return found;
  }
  throw new FabricError('UnexpectedAnswer', `DescribeNetworkInterfaces has more than ${PAGES_MAX} pages`);
};

/** The IPv4 block of each subnet. @throws FabricError */
export const describeSubnetCidrs = async (
  client: EC2Client,
  subnets: readonly string[],
  scope: FabricScope,
): Promise<ReadonlyMap<string, string>> => {
  const command = new DescribeSubnetsCommand({ SubnetIds: [...subnets] });
  const answer = await journalled('DescribeSubnets', scope, () =>
    client.send(command, { abortSignal: scope.signal }),
  );
  return new Map((answer.Subnets ?? []).map((subnet) => [subnet.SubnetId ?? '', subnet.CidrBlock ?? '']));
};
