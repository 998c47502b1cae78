/**
 * A VIP as an IPv6 address of an interface. EC2 knows no reassignment of one: it is taken from the interface that has it, and then
 * given to the other. Between the two calls it is nowhere, and whoever goes on after a crash there finds it so and gives it.
 * Giving never robs anybody: a late, stale order can at most take an address from the interface where it has seen it a moment
 * before, and the look that follows repairs that.
 */
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { Mover } from '../fabric.ts';
import { describePlaces } from './places.ts';
import { GIVE, inputOf, TAKE, Transfer } from './transfer.ts';

/** The `ipv6` fabric on an EC2 client that does not retry by itself (`createEc2Client`). */
export const createIpv6 = (client: EC2Client): Mover => ({
  kind: 'ipv6',
  plan({ vips, toEni }) {
    const addresses = vips.map(({ address }) => address);
    return [
      // From which interface, only a look tells.
      { service: 'ec2', operation: TAKE, input: { Ipv6Addresses: addresses } },
      { service: 'ec2', operation: GIVE, input: inputOf(toEni, addresses) },
    ];
  },
  apply: (order, scope) => new Transfer(client, order, scope).run(),
  async observe(vips, roster, scope) {
    const enis = Object.values(roster).map(({ eni }) => eni);
    const addresses = vips.map(({ address }) => address);
    const places = await describePlaces(client, enis, addresses, scope);
    return vips.map(({ address }) => ({
      address,
      owner: places.find((place) => place.addresses.includes(address))?.id ?? null,
    }));
  },
});
