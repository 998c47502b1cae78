/** One check of a host's service, counted by the shipped rules, at the pace of the agent's default. */
import { assess, type CheckState, initialCheck, reduceCheck } from '../../../core/checks.ts';
import { bootMs } from '../../../core/time.ts';
import type { Host } from '../story/host.ts';
import type { World } from '../story/world.ts';

const INTERVAL_MS = 1000;
/** Long after a beat and long before the next: when exactly a check runs is nobody's affair. */
const PHASE_MS = 370;
const SPEC = { rise: 2, fall: 2, weight: 0, initFail: false } as const;

export class ServiceCheck {
  readonly #world: World;
  readonly #host: Host;
  readonly #priority: number;
  #state: CheckState = initialCheck(SPEC);

  constructor(world: World, host: Host, priority: number) {
    this.#world = world;
    this.#host = host;
    this.#priority = priority;
    world.later(PHASE_MS, () => this.#run());
  }

  /** A restarted agent counts anew. */
  reset(): void {
    this.#state = initialCheck(SPEC);
  }

  #run(): void {
    this.#world.later(INTERVAL_MS, () => this.#run());
    const host = this.#host;
    if (!host.up || !host.agentRuns || host.frozen || host.hung) return;
    const before = this.#state;
    const result = { passed: host.serviceRuns, detail: host.serviceRuns ? 'answers' : 'refused' };
    this.#state = reduceCheck(SPEC, before, result, bootMs(this.#world.now));
    const { up, against } = this.#state;
    if (up === before.up && against === before.against) return;
    if (up !== before.up) this.#world.tell(host.node, up ? 'check passes: healthy' : 'check fails: FAULT');
    else if (up && against > 0) this.#world.tell(host.node, `check fails, ${against} of ${SPEC.fall}`);
    host.assess(assess(this.#priority, [{ name: 'service', spec: SPEC, state: this.#state }]));
  }
}
