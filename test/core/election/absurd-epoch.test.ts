/** Proves that one member's defect cannot make a group's item unreadable. */
import { describe, expect, it } from 'vitest';
import { EPOCH_BELIEVED_MAX } from '../../../core/election/rules.ts';
import { groupStateSchema } from '../../../core/wire/item.ts';
import { A, B, beatOf, EPOCH, heldState, heldWith, run } from '../fixtures.ts';

describe('an epoch that nobody can have seen', () => {
  it('raises nothing: the item stays within the exact integers', () => {
    const { state, transferred } = run(heldState(), beatOf(A, { epochSeen: Number.MAX_SAFE_INTEGER }));
    expect(transferred).toBeUndefined();
    expect(state.epochFloor).toBeUndefined();
    expect(groupStateSchema.parse(state)).toEqual(state);
  });

  it('the highest that is believed is gone above, and the group goes on from there', () => {
    const restored = run(heldState(), beatOf(A, { epochSeen: EPOCH_BELIEVED_MAX })).state;
    expect(restored.epoch).toBe(EPOCH_BELIEVED_MAX + 1);
    const next = run(
      heldWith({}, { epoch: restored.epoch, epochFloor: EPOCH_BELIEVED_MAX }),
      beatOf(B, { epochSeen: restored.epoch }),
    ).state;
    expect(next).toMatchObject({ epoch: restored.epoch, epochFloor: EPOCH_BELIEVED_MAX });
  });

  it('leaves what is remembered as it is', () => {
    const { state } = run(
      heldState({ paused: true, epochFloor: EPOCH + 2 }),
      beatOf(B, { epochSeen: EPOCH_BELIEVED_MAX + 1 }),
    );
    expect(state.epochFloor).toBe(EPOCH + 2);
  });
});
