/** What is said of an address, in the words of its protocol: ARP for IPv4, neighbour discovery for IPv6. */
import { isIpv6 } from '../../core/wire/ipv6.ts';
import { announcement, parseArp, probe } from './arp.ts';
import { EVERYBODY } from './mac.ts';
import { advertisement, type Frame, parseAdvertisement, solicitation, targetOf } from './ndp.ts';

export type Protocol = 'arp' | 'ndp';

export interface Words {
  readonly protocol: Protocol;
  /** As people call an announcement. */
  readonly name: string;
  /** "This address is mine." */
  readonly announcement: (mac: string) => Frame;
  /** "Who has it?" */
  readonly question: (mac: string) => Frame;
  /** The hardware address of whoever says, in something heard, that the address is its own. */
  readonly claimed: (heard: Uint8Array) => string | undefined;
}

const byArp = (address: string): Words => ({
  protocol: 'arp',
  name: 'gratuitous ARP',
  announcement: (mac) => ({ packet: announcement(mac, address), toMac: EVERYBODY }),
  question: (mac) => ({ packet: probe(mac, address), toMac: EVERYBODY }),
  claimed: (heard) => {
    const packet = parseArp(heard);
    return packet?.sender === address ? packet.senderMac : undefined;
  },
});

const byNdp = (address: string, isRouter: boolean): Words => ({
  protocol: 'ndp',
  name: 'unsolicited neighbour advertisement',
  announcement: (mac) => advertisement(mac, address, isRouter),
  question: () => solicitation(address),
  claimed: (heard) => {
    const said = parseAdvertisement(heard);
    return said?.target === targetOf(address) ? said.mac : undefined;
  },
});

/** @param isRouter this host forwards IPv6 on the address's interface */
export const wordsOf = (address: string, isRouter: boolean): Words =>
  isIpv6(address) ? byNdp(address, isRouter) : byArp(address);
