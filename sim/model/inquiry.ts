/**
 * What lambdas/sweep and lambdas/events do before they have an input: read the item, then ask the cloud. What the cloud
 * says may be older than the truth, but it never calls a machine stopped on which an agent has been heard since.
 */
import type { Input } from '../../core/election/types.ts';
import type { GroupState, InstanceFact } from '../../core/wire/item.ts';
import type { World } from '../world.ts';
import type { Host } from './host.ts';
import type { Invocation } from './invocation.ts';

export type Inquiry =
  | { readonly about: 'fabric' }
  /** `notice`: what the event says and the cloud's description does not show. */
  | { readonly about: 'machine'; readonly host: Host; readonly notice?: InstanceFact };

/** What EC2 describes of a machine is older than the truth by at most this. */
const LAG_MS_MAX = 3000;
const DESCRIBE_MS = [5, 60] as const;

const described = (world: World, { on, offAt }: Host): InstanceFact => {
  const lags = world.queue.now - offAt < LAG_MS_MAX && world.ec2.chance(0.5);
  return on || lags ? 'running' : 'stopped';
};

/** Calls `done` with the input, or without one: the cloud did not answer, or there is nothing to tell. */
export const inquire = (
  world: World,
  { hop, environment, signalAt }: Invocation,
  inquiry: Inquiry,
  state: GroupState,
  done: (input: Input | undefined) => void,
): void => {
  const seenAt = environment.clock();
  if (inquiry.about === 'fabric') {
    const { afterMs, observations = [] } = world.fabric.describe();
    const { epoch } = state;
    return hop(Math.min(afterMs, Math.max(0, signalAt - world.queue.now)), () =>
      done({ kind: 'sweep', epoch, seenAt, observations }),
    );
  }
  const { host, notice } = inquiry;
  const member = state.members[host.node];
  const said = described(world, host);
  hop(world.ec2.between(...DESCRIBE_MS), () => {
    if (member === undefined) return done(undefined);
    const { boot, seq } = member;
    const fact = said === 'running' ? (notice ?? said) : said;
    done({ kind: 'instance', node: host.node, said: fact, beat: { boot, seq } });
  });
};
