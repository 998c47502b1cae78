/**
 * The internet gateway of a lab's VPC as nftables rules: a public address is one private address, packet by packet, so a
 * change of the association takes connections along that exist already. Pure.
 */

/** Beside the faults' own table, in the fabric's own namespace. */
const table = 'ip keepaloft-internet';

export interface InternetOptions {
  /** The client's address on the far side of the gateway: what it sends from there comes from the internet. */
  clientAddress: string;
  /** Where Elastic IPs lie, such as 203.0.113.0/24. */
  publicBlock: string;
}

/** Nothing is translated yet: what comes for a public address is dropped. */
export const gatewayRules = (clientLink: string, { clientAddress, publicBlock }: InternetOptions): string =>
  `table ${table} {
  map inwards { type ipv4_addr : ipv4_addr; }
  map outwards { type ipv4_addr : ipv4_addr; }
  chain in {
    type filter hook prerouting priority raw;
    iifname "${clientLink}" ip daddr @inwards ip saddr ${clientAddress} ip daddr set ip daddr map @inwards accept
    ip daddr ${publicBlock} drop
  }
  chain out {
    type filter hook postrouting priority srcnat;
    oifname "${clientLink}" ip daddr ${clientAddress} ip saddr set ip saddr map @outwards
  }
}
`;

/** One public address changes from one private address to another; null: from, or to, none. In one transaction. */
export const associationRules = (publicIp: string, from: string | null, to: string | null): string => {
  const change = (verb: 'add' | 'delete', privateIp: string): string[] => [
    `${verb} element ${table} inwards { ${publicIp} : ${privateIp} }`,
    `${verb} element ${table} outwards { ${privateIp} : ${publicIp} }`,
  ];
  const lines = [...(from === null ? [] : change('delete', from)), ...(to === null ? [] : change('add', to))];
  return lines.map((line) => `${line}\n`).join('');
};
