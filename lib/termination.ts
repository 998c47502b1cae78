import { Stack } from 'aws-cdk-lib';
import { CfnLifecycleHook } from 'aws-cdk-lib/aws-autoscaling';
import type { Construct } from 'constructs';

/** How long an instance waits before it is terminated, seconds: a holder hands over within a few. */
const WAIT_S = 60;

/**
 * Auto Scaling says that it is about to terminate an instance, and waits: the instance still runs while its VIPs move.
 * If nobody answers, it goes on after the wait.
 */
export class TerminationHooks {
  readonly #scope: Construct;
  readonly #hooks = new Map<string, { readonly name: string; readonly hook: CfnLifecycleHook }>();

  constructor(scope: Construct) {
    this.#scope = scope;
  }

  get names(): string[] {
    return [...this.#hooks.values()].map(({ name }) => name);
  }

  /** The hook of an Auto Scaling group: one, however many failover groups its instances are in. */
  of(autoScalingGroupName: string): CfnLifecycleHook {
    const key = JSON.stringify(Stack.of(this.#scope).resolve(autoScalingGroupName));
    const known = this.#hooks.get(key);
    if (known !== undefined) return known.hook;
    const hook = new CfnLifecycleHook(this.#scope, `Termination${this.#hooks.size}`, {
      autoScalingGroupName,
      lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
      heartbeatTimeout: WAIT_S,
      defaultResult: 'CONTINUE',
    });
    this.#hooks.set(key, { name: autoScalingGroupName, hook });
    return hook;
  }
}
