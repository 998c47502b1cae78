/** An order from the words of the command line to the request, and back to words for a person. Pure. */
import type { GroupStatus, OrderRequest, OrderResponse } from '../../core/wire/admin.ts';
import type { NodeId } from '../../core/wire/names.ts';
import { isRole, nameOf, nodeInRole, nodeNamed } from './names.ts';
import type { Target } from './target.ts';

type Hosts = Target['hosts'];

/** As it stands on the command line. */
export interface OrderWords {
  readonly do: OrderRequest['do'];
  readonly group: string;
  /** Whom to move to, or whom to drain: an instance id, a lab's host, `holder` or `standby`. */
  readonly node?: string | undefined;
  readonly reason: string;
  readonly ifEpoch?: number | undefined;
}

/** Only a look at the group tells whom the words mean. */
export const needsLook = ({ node }: OrderWords): boolean => node !== undefined && isRole(node);

const nodeOf = (word: string, hosts: Hosts, seen: GroupStatus | undefined): NodeId =>
  isRole(word) && seen !== undefined ? nodeInRole(word, seen) : nodeNamed(word, hosts);

const commandOf = (
  words: OrderWords,
  hosts: Hosts,
  seen: GroupStatus | undefined,
):
  | { do: 'failover'; to?: NodeId }
  | { do: 'drain' | 'undrain'; node: NodeId }
  | { do: 'pause' | 'resume' | 'adopt' } => {
  switch (words.do) {
    case 'failover':
      return {
        do: words.do,
        ...(words.node === undefined ? {} : { to: nodeOf(words.node, hosts, seen) }),
      };
    case 'drain':
    case 'undrain':
      return { do: words.do, node: nodeOf(words.node ?? '', hosts, seen) };
    case 'pause':
    case 'resume':
    case 'adopt':
      return { do: words.do };
  }
};

/**
 * The request. What was decided on a look is sent under the epoch that was seen: if the group has changed hands since,
 * it is refused.
 * @param seen the group as it was looked at, if it was
 * @throws CliError `unknown-node`, `nobody`
 */
export const requestOf = (words: OrderWords, hosts: Hosts, seen?: GroupStatus): OrderRequest => {
  const { group, reason } = words;
  const epoch = words.ifEpoch ?? seen?.epoch;
  const ifEpoch = epoch === undefined ? {} : { ifEpoch: epoch };
  return { v: 1, ...commandOf(words, hosts, seen), group, ...ifEpoch, reason };
};

/** `failover mysql to i-0b`. */
export const orderLine = (request: OrderRequest, hosts: Hosts): string => {
  switch (request.do) {
    case 'failover': {
      const to = request.to === undefined ? 'the best standby' : nameOf(request.to, hosts);
      return `failover ${request.group} to ${to}`;
    }
    case 'drain':
    case 'undrain':
      return `${request.do} ${nameOf(request.node, hosts)} of ${request.group}`;
    default:
      return `${request.do} ${request.group}`;
  }
};

/** What follows from it, in one sentence. */
const consequence = (request: OrderRequest, taken: OrderResponse, hosts: Hosts): string => {
  const holder = nameOf(taken.holder, hosts);
  switch (request.do) {
    case 'failover':
      return `it moves to ${nameOf(taken.to, hosts)} with that member's next heartbeat; dropped if that takes more than 10 s`;
    case 'drain':
      return taken.holder === request.node
        ? `${holder} holds it, and hands it over with the best standby's next heartbeat`
        : `${nameOf(request.node, hosts)} is kept free of it`;
    case 'undrain':
      return `${nameOf(request.node, hosts)} may hold it again; nothing moves for that`;
    case 'pause':
      return `it stays with ${holder} until it is resumed, also if ${holder} dies`;
    case 'resume':
      return 'what was due meanwhile is done now';
    case 'adopt':
      return 'its VIPs were looked for: a healthy member that has them all holds it now, from anybody else they are moved back';
  }
};

/** The lines for a person. */
export const takenLines = (request: OrderRequest, taken: OrderResponse, hosts: Hosts): string[] => {
  const by = taken.holder === null ? '' : ` by ${nameOf(taken.holder, hosts)}`;
  return [
    `${taken.group}: ${request.do} taken at epoch ${taken.epoch}, ${taken.phase}${by}`,
    `  ${consequence(request, taken, hosts)}`,
  ];
};
