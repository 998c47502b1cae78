import type { Duration } from 'aws-cdk-lib';
import { Connections, Port } from 'aws-cdk-lib/aws-ec2';
import { MULTIHOP_PORT } from '../core/bfd/transport.ts';
import type { Member } from './member.ts';

/** How members watch each other, by BFD (RFC 5880) over UDP port 4784. */
export interface PeerDetection {
  /**
   * Between two packets, each way; 20 milliseconds to 1 second.
   *
   * @default 50 milliseconds
   */
  readonly interval?: Duration;

  /**
   * So many packets missed: the peer is lost. 2 to 50; with the interval at most 3 seconds.
   *
   * @default 3
   */
  readonly multiplier?: number;
}

/** Lets a member watch the others and be watched by them, as far as their security groups are known. */
export const letWatch = (member: Member, members: readonly Member[]): void => {
  const own = new Connections({ securityGroups: member.securityGroups });
  for (const other of members) {
    // Only one that stands for many has to let itself in.
    if (other === member && member.instanceId !== undefined) continue;
    const theirs = new Connections({ securityGroups: other.securityGroups });
    const port = Port.udp(MULTIHOP_PORT);
    own.allowFrom(theirs, port, 'Keepaloft: members watch each other by BFD');
    theirs.allowFrom(own, port, 'Keepaloft: members watch each other by BFD');
  }
};
