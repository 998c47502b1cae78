/** Tells Auto Scaling that an instance need not wait any longer. */
import {
  AutoScalingClient,
  type AutoScalingClientConfig,
  CompleteLifecycleActionCommand,
} from '@aws-sdk/client-auto-scaling';
import type { Waiting } from './event.ts';

const ATTEMPTS_MAX = 3;
const CONNECT_MS_MAX = 1000;
const REQUEST_MS_MAX = 3000;
/** Auto Scaling's only word for it is in the message. */
const OVER = /no active lifecycle action/i;

/** `over`: nothing waits, because the time-out has passed or somebody else has said it. */
export type Completion = 'completed' | 'over';
/** @throws what the SDK throws */
export type Complete = (waiting: Waiting) => Promise<Completion>;

/** @param overrides for tests; a Lambda gets everything from its environment */
export const createAutoScalingClient = (overrides: AutoScalingClientConfig = {}): AutoScalingClient =>
  new AutoScalingClient({
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: {
      connectionTimeout: CONNECT_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      throwOnRequestTimeout: true,
    },
    ...overrides,
  });

const isOver = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationError' && OVER.test(error.message);

export const createComplete =
  (client: AutoScalingClient): Complete =>
  async ({ node, autoScalingGroup, hook, token }) => {
    const command = new CompleteLifecycleActionCommand({
      AutoScalingGroupName: autoScalingGroup,
      LifecycleHookName: hook,
      LifecycleActionToken: token,
      InstanceId: node,
      LifecycleActionResult: 'CONTINUE',
    });
    try {
      await client.send(command);
      return 'completed';
    } catch (error) {
      if (isOver(error)) return 'over';
      throw error;
    }
  };
