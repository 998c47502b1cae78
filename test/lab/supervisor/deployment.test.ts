// Proves that the lab deploys with the event that CloudFormation would send: the same function reads both.
import { describe, expect, it } from 'vitest';
import { groupCreated } from '../../../lab/supervisor/deployment.ts';
import { planOf } from '../../../lab/supervisor/plan.ts';
import { parseEvent } from '../../../lambdas/configure/event.ts';

describe('the creation of a group', () => {
  it('is understood as the group of the plan', () => {
    const { groups } = planOf({ ackMs: 0, propagationMs: 0 }).file;
    for (const [name, group] of Object.entries(groups)) {
      expect(parseEvent(groupCreated(name, group))).toMatchObject({ kind: 'deploy', name, group });
    }
  });
});
