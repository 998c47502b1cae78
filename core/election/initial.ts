import type { EpochMs } from '../time.ts';
import type { GroupConfig, GroupState } from '../wire/item.ts';

/** A group nobody has reported for yet: vacant, epoch 0. */
export const initialState = (config: GroupConfig, now: EpochMs): GroupState => ({
  group: config.group,
  rev: 0,
  nonce: '',
  configHash: config.hash,
  epoch: 0,
  holder: null,
  phase: 'vacant',
  phaseAt: now,
  reason: 'created',
  members: {},
});
