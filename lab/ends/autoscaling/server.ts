/** Auto Scaling, as far as a lifecycle hook needs it: actions that wait, and CompleteLifecycleAction. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { CredentialStore } from '../credentials.ts';
import { operation, RpcEnd, RpcError } from '../rpc/end.ts';

const completeSchema = z.strictObject({
  AutoScalingGroupName: z.string(),
  LifecycleHookName: z.string(),
  LifecycleActionToken: z.optional(z.string()),
  LifecycleActionResult: z.enum(['CONTINUE', 'ABANDON']),
  InstanceId: z.optional(z.string()),
});
type Completing = z.infer<typeof completeSchema>;

/** An instance of a group that is held up by a hook. */
export interface LifecycleAction {
  readonly autoScalingGroup: string;
  readonly hook: string;
  readonly instanceId: string;
}

const eventSchema = z.object({
  source: z.literal('aws.autoscaling'),
  detail: z.object({
    LifecycleActionToken: z.string(),
    AutoScalingGroupName: z.string(),
    LifecycleHookName: z.string(),
    EC2InstanceId: z.string(),
  }),
});

/** The lifecycle actions that wait. */
export class LifecycleActions {
  readonly #waiting = new Map<string, LifecycleAction>();
  readonly #completed: LifecycleAction[] = [];
  readonly #onCompleted: (action: LifecycleAction) => void;

  constructor(onCompleted: (action: LifecycleAction) => void = () => undefined) {
    this.#onCompleted = onCompleted;
  }

  /** @param token that the event carries @returns it */
  begin(action: LifecycleAction, token: string = randomUUID()): string {
    this.#waiting.set(token, action);
    return token;
  }

  /** An event that says of an action that it waits makes it wait; of all others nothing is to be known here. */
  hear(event: unknown): void {
    const parsed = eventSchema.safeParse(event);
    if (!parsed.success) return;
    const { LifecycleActionToken, AutoScalingGroupName, LifecycleHookName, EC2InstanceId } =
      parsed.data.detail;
    const action = { autoScalingGroup: AutoScalingGroupName, hook: LifecycleHookName };
    this.begin({ ...action, instanceId: EC2InstanceId }, LifecycleActionToken);
  }

  /** Those that were completed, in order. */
  get completed(): readonly LifecycleAction[] {
    return this.#completed;
  }

  /** The hook's own time-out has passed, or an operator has ended it. */
  end(token: string): void {
    this.#waiting.delete(token);
  }

  /** @throws RpcError when nothing waits under this token, or by this instance */
  complete(input: Completing): void {
    const found = [...this.#waiting].find(([token, { autoScalingGroup, hook, instanceId }]) => {
      const isMeant =
        input.LifecycleActionToken === undefined
          ? input.InstanceId === instanceId
          : input.LifecycleActionToken === token;
      return isMeant && input.AutoScalingGroupName === autoScalingGroup && input.LifecycleHookName === hook;
    });
    if (found === undefined) {
      const what =
        input.LifecycleActionToken === undefined
          ? `instance ID ${input.InstanceId ?? ''}`
          : `token ${input.LifecycleActionToken}`;
      throw new RpcError('ValidationError', `No active Lifecycle Action found with ${what}`);
    }
    const [token, action] = found;
    this.#waiting.delete(token);
    this.#completed.push(action);
    this.#onCompleted(action);
  }
}

export interface AutoScalingEndOptions {
  readonly clock: Clock;
  readonly credentials: CredentialStore;
  readonly actions: LifecycleActions;
  readonly onError?: (error: unknown) => void;
}

/** The Query protocol, as the SDK speaks it. */
export const createAutoScalingEnd = ({ actions, ...options }: AutoScalingEndOptions): RpcEnd =>
  new RpcEnd({
    ...options,
    signedFor: 'autoscaling',
    rights: 'autoscaling',
    xmlNamespace: 'http://autoscaling.amazonaws.com/doc/2011-01-01/',
    operations: {
      CompleteLifecycleAction: operation(completeSchema, (input) => {
        actions.complete(input);
        return {};
      }),
    },
  });
