/** What happens on this host, as lines for whoever listens, and what is the case, for whoever begins to listen. */
import type { HostEvent } from '../../core/wire/host-event.ts';

type State = Extract<HostEvent, { event: 'state' }>;
type Without<T> = T extends HostEvent ? Omit<T, 'version' | 'at' | 'present'> : never;
/** An event without what every line has. */
export type Happened = Without<HostEvent>;

/** Takes lines, each with its end. It must not throw, and must not wait. */
export type Listener = (line: string) => void;

interface Group {
  state: State['state'];
  epoch: number;
  priority: number;
  readonly vips: string[];
  bound: string[];
}

const sameIn = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((value) => other.includes(value));

export interface HubGroup {
  readonly name: string;
  readonly priority: number;
  readonly vips: readonly string[];
}

/** Tells each listener the same, in the order in which it happened. Nothing here performs anything. */
export class EventHub {
  readonly #listeners = new Set<Listener>();
  readonly #groups: Map<string, Group>;
  readonly #wallNow: () => Date;
  #answers: boolean | undefined;

  /** @param wallNow replaced in tests */
  constructor(groups: readonly HubGroup[], wallNow: () => Date = () => new Date()) {
    this.#wallNow = wallNow;
    this.#groups = new Map(
      groups.map(({ name, priority, vips }) => [
        name,
        { state: 'INIT', epoch: 0, priority, vips: [...vips], bound: [] },
      ]),
    );
  }

  /** Tells the listener what is the case, and from then on what happens. @returns how to end it */
  listen(listener: Listener): () => void {
    if (this.#answers !== undefined) listener(this.#line({ event: 'arbiter', answers: this.#answers }, true));
    for (const [name, group] of this.#groups)
      listener(this.#line({ event: 'state', group: name, ...group }, true));
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  state(name: string, { state, epoch, priority }: Pick<State, 'state' | 'epoch' | 'priority'>): void {
    const group = this.#groups.get(name);
    if (group === undefined) return;
    Object.assign(group, { state, epoch, priority });
    this.#tell({ event: 'state', group: name, ...group });
  }

  /** These VIPs of the group serve here at this moment; only what is new is told. */
  bound(name: string, vips: readonly string[]): void {
    const group = this.#groups.get(name);
    if (group === undefined || sameIn(group.bound, vips)) return;
    const gone = group.bound.filter((vip) => !vips.includes(vip));
    const come = vips.filter((vip) => !group.bound.includes(vip));
    group.bound = [...vips];
    if (gone.length > 0) this.#tell({ event: 'unbound', group: name, vips: gone });
    if (come.length > 0) this.#tell({ event: 'bound', group: name, vips: come });
  }

  priority(name: string, priority: number): void {
    const group = this.#groups.get(name);
    if (group !== undefined) group.priority = priority;
  }

  /** Only a change is told. */
  arbiter(answers: boolean): void {
    if (this.#answers === answers) return;
    this.#answers = answers;
    this.#tell({ event: 'arbiter', answers });
  }

  happened(event: Extract<Happened, { event: 'check' | 'hook' | 'released' }>): void {
    this.#tell(event);
  }

  #tell(event: Happened): void {
    if (this.#listeners.size === 0) return;
    const line = this.#line(event, false);
    for (const listener of this.#listeners) listener(line);
  }

  #line(event: Happened, isPresent: boolean): string {
    const head = { version: 1, at: this.#wallNow().toISOString(), ...(isPresent ? { present: true } : {}) };
    return `${JSON.stringify({ ...head, ...event })}\n`;
  }
}
