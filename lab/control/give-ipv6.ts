/** Another hand than the arbiter's gives an IPv6 address away, as a script would. */
import {
  AssignIpv6AddressesCommand,
  DescribeNetworkInterfacesCommand,
  type EC2Client,
  UnassignIpv6AddressesCommand,
} from '@aws-sdk/client-ec2';

/** EC2 gives an IPv6 address only when nobody else has it: it is taken from whoever does. */
export const giveIpv6 = async (ec2: EC2Client, address: string, eni: string): Promise<void> => {
  const Filters = [{ Name: 'ipv6-addresses.ipv6-address', Values: [address] }];
  const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }));
  for (const { NetworkInterfaceId } of NetworkInterfaces)
    await ec2.send(new UnassignIpv6AddressesCommand({ NetworkInterfaceId, Ipv6Addresses: [address] }));
  await ec2.send(new AssignIpv6AddressesCommand({ NetworkInterfaceId: eni, Ipv6Addresses: [address] }));
};
