/** Who is asked before a change, candidates and holders: what must never come of it. */
import type { GroupEvent, Outcome, StepContext } from '../../core/election/types.ts';
import type { GroupState } from '../../core/wire/item.ts';
import type { Host } from '../model/host.ts';
import type { World } from '../world.ts';
import type { InvariantName } from './invariants.ts';

/** As core/election/rules.ts has it, here by its meaning: so long is a holder waited for, and what clocks differ by. */
const RELEASE_MS = 3000;
const RELEASE_HEARTBEATS = 3;
const CLOCK_SLACK_MS = 20;

const TOLD: ReadonlySet<GroupEvent['type']> = new Set(['preparing', 'prepared', 'not-prepared']);

export class Questions {
  readonly #world: World;
  readonly #clocksAgree: boolean;
  readonly #fail: (invariant: InvariantName, what: string) => void;
  /** Whose hook was run for each epoch, as `EPOCH HOST` whose has ended well. */
  #asked = new Map<number, number>();
  readonly #prepared = new Set<string>();

  constructor(world: World, clocksAgree: boolean, fail: (invariant: InvariantName, what: string) => void) {
    this.#world = world;
    this.#clocksAgree = clocksAgree;
    this.#fail = fail;
  }

  preparing({ index, name }: Host, epoch: number): void {
    const known = this.#asked.get(epoch) ?? index;
    if (known !== index)
      this.#fail('P1-prepared', `${name} prepares for epoch ${epoch}, as host${known + 1} has`);
    this.#asked.set(epoch, index);
  }

  prepared({ index }: Host, epoch: number): void {
    this.#prepared.add(`${epoch} ${index}`);
  }

  written(before: GroupState, { state, effects }: Outcome, context: StepContext, who: string): void {
    for (const effect of effects) if (effect.kind === 'emit') this.#tell(effect.event, who);
    this.#checkNamed(before, state);
    this.#checkRelease(state, context);
    if (before.phase === 'releasing' && state.phase === 'held' && before.epoch === state.epoch)
      this.#checkLeft(state, context);
  }

  #tell({ type, to, epoch, reason }: GroupEvent, who: string): void {
    const { trace, queue } = this.#world;
    if (trace === undefined || !TOLD.has(type)) return;
    trace.line(queue.now, who, `${this.#world.nameOf(to)} for epoch ${epoch}: ${type} (${reason})`);
  }

  #checkNamed(before: GroupState, state: GroupState): void {
    const { settings, nodes } = this.#world;
    if (settings.prepareMs === undefined || state.epoch === before.epoch) return;
    const goesOn = state.holder === before.holder && !settings.exclusive;
    if (state.holder === null || goesOn || state.reason === 'adopt') return;
    if (!this.#prepared.has(`${state.epoch} ${nodes.indexOf(state.holder)}`))
      this.#fail(
        'P1-prepared',
        `${this.#world.nameOf(state.holder)} is named and has not prepared for epoch ${state.epoch}`,
      );
  }

  #checkRelease(state: GroupState, { now, config, mayMove }: StepContext): void {
    // What is due is asked of a request of its own.
    if (!mayMove || this.#world.settings.exclusive || state.phase !== 'releasing' || !this.#clocksAgree)
      return;
    const limitMs = Math.max(RELEASE_MS, RELEASE_HEARTBEATS * config.heartbeatMs);
    const holder = state.holder === null ? undefined : state.members[state.holder];
    const released = (holder?.released ?? 0) >= state.epoch;
    if (!released && state.asked?.to === undefined && now - state.phaseAt > limitMs + CLOCK_SLACK_MS)
      this.#fail('P2-release', `a holder that does not let go is waited for ${now - state.phaseAt} ms`);
  }

  /** It is left alone only when there is nobody to move to: an opinion that shares no code with core/election/eligibility.ts. */
  #checkLeft({ members, holder, drained }: GroupState, { now, config }: StepContext): void {
    if (this.#world.settings.exclusive || !this.#clocksAgree) return;
    const able = Object.entries(members).find(
      ([node, member]) =>
        node !== holder &&
        config.members[node] !== undefined &&
        member.health === 'ok' &&
        now - member.at <= config.heartbeatMs &&
        drained?.includes(node) !== true &&
        [member.resignedAt, member.deafSince, member.cloud, member.banUntil].every(
          (mark) => mark === undefined,
        ),
    );
    if (able !== undefined)
      this.#fail(
        'P2-release',
        `${this.#world.nameOf(able[0])} could take over, and the holder is left alone`,
      );
  }

  /** Epochs that were lost with the item may be spent again. Who has prepared for one has done so, whoever remembers it. */
  restored(): void {
    this.#asked = new Map();
  }
}
