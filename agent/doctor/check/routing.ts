/** Whether the VIPs answer by the right interface, and have the routes that are to follow them. Pure. */
import type { NetworkFacts } from '../facts.ts';
import { bad, type Finding, ok, unknown, warn } from '../finding.ts';

const RUNS = 'the agent adds it while it runs, and its log says why if it cannot';

export const routingFindings = ({ routing, device = '', defaultDevice = '' }: NetworkFacts): Finding[] => {
  if (routing === undefined) return [];
  if ('failed' in routing) {
    return [unknown('routing-unreadable', routing.failed, 'look at `ip route` and `ip rule`')];
  }
  const lost = `bound on ${device}, and no rule \`from VIP\` keeps its answers from leaving by ${defaultDevice}, where the cloud drops them`;
  return [
    ...routing.undecided.map((vip) => bad('no-from-rule', lost, RUNS, vip)),
    ...routing.decided.map((vip) => ok('from-rule', `a rule leads its answers out of ${device}`, vip)),
    ...routing.missing.map((about) =>
      warn('host-route-missing', 'its VIP is bound here, and it is not there', RUNS, about),
    ),
  ];
};
