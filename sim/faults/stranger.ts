/** What somebody might send who has captured heartbeats, or is no member at all. */
import { formatBeat } from '../../core/beat.ts';
import type { GroupReport } from '../../core/wire/heartbeat.ts';
import type { Fault } from '../plan/settings.ts';
import { GROUP, type World } from '../world.ts';

const STRANGER = 'i-0ffffff1';

const lieOf = (world: World, { y }: Fault): Partial<GroupReport> => {
  const { state } = world.store;
  const holder = state.holder === null ? undefined : state.members[state.holder];
  if (y < 0.4 && state.holder !== null && holder !== undefined)
    return {
      claim: {
        epoch: state.epoch,
        holder: state.holder,
        beat: formatBeat(holder),
        silentMs: 10_000_000,
        evidence: 'silence',
      },
    };
  if (y < 0.7) return { released: state.epoch + 1, resign: true };
  return { epochSeen: state.epoch + 1_000_000 };
};

/** One lie, in the name of a machine that is not in the roster. */
export const sendStranger = (world: World, fault: Fault): void => {
  const { state } = world.store;
  const report: GroupReport = {
    name: GROUP,
    configHash: state.configHash,
    epochSeen: state.epoch,
    priority: 254,
    health: 'ok',
    holdMs: 0,
    vips: {},
    ...lieOf(world, fault),
  };
  const beat = { boot: Number.MAX_SAFE_INTEGER, seq: 1 };
  world.network.stranger(STRANGER, {
    input: { kind: 'report', node: STRANGER, beat, report },
    node: STRANGER,
    alone: true,
  });
};
