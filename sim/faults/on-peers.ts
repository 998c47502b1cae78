/** What happens to packets between the hosts themselves, where they watch each other. None of it may move anything. */
import { badWeather, type FaultKind } from './fault.ts';

const nothing = { moves: 0, darkMs: () => 0 };
const alone = { fenced: nothing, exclusive: nothing };
const LASTS: readonly [number, number] = [0.02, 10];

export const ON_PEERS: readonly FaultKind[] = [
  {
    name: 'cut-peers',
    what: 'no packet between a host and the other hosts; all of them reach the arbiter',
    lasts: LASTS,
    onHost: true,
    ofPeers: true,
    alone,
    begin: (_world, host) => {
      host.peersCutOut += 1;
      host.peersCutIn += 1;
    },
    end: (_world, host) => {
      host.peersCutOut -= 1;
      host.peersCutIn -= 1;
    },
  },
  {
    name: 'cut-peers-one-way',
    what: 'what a host sends to the other hosts is lost, or what they send to it; the other way is whole',
    lasts: LASTS,
    onHost: true,
    ofPeers: true,
    alone,
    begin: (_world, host, { x }) => {
      if (x < 0.5) host.peersCutOut += 1;
      else host.peersCutIn += 1;
    },
    end: (_world, host, { x }) => {
      if (x < 0.5) host.peersCutOut -= 1;
      else host.peersCutIn -= 1;
    },
  },
  badWeather(
    'lose-peer-packets',
    'peerLoss',
    ({ x }) => 0.1 + 0.85 * x,
    'a share of the packets between hosts is lost',
    { alone, ofPeers: true },
  ),
];
