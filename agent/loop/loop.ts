/**
 * The agent's loop. Level-triggered: timers, answers and checks only wake it; each time it compares what is with
 * what the role demands and repairs the difference.
 */
import type { Assessment } from '../../core/checks.ts';
import { seenBy } from '../../core/holder/seen.ts';
import type { GroupProfile } from '../../core/holder/types.ts';
import { type BootMs, type DurationMs, durationMs, since } from '../../core/time.ts';
import { messageOf } from '../errors.ts';
import { Exchange } from './exchange.ts';
import { type BeatReason, type GroupHost, GroupRunner } from './group.ts';
import type { Memory, Ports } from './ports.ts';
import { WitnessTrouble } from './witness-trouble.ts';

/** How often the kernel's addresses are compared with the role: a VIP that somebody removes is back within this. */
const LOOK_MS: DurationMs = durationMs(500);
/** How often the metadata service is asked in quiet times, and while the fabric moves to or from this host. */
const WITNESS_MS: DurationMs = durationMs(2000);
const WITNESS_MOVING_MS: DurationMs = durationMs(50);
/** A fabric that has not listed a new holder's VIP by then is asked at the quiet pace again. */
const MOVING_WATCH_MS: DurationMs = durationMs(5000);
/** Requests that ask for fabric work follow each other no faster than this. */
const WORK_SPACING_MS: DurationMs = durationMs(100);
/** The first heartbeat waits this long for the metadata service, so that it can say whether the VIP is here. */
const FIRST_WITNESS_MS: DurationMs = durationMs(1000);
/** What is overdue is blocked by something; the loop looks again this soon and does not spin. */
const TIMER_MIN_MS = 4;
/** A loop that has not turned for this long, although it looks twice a second, will not turn any more. */
const STUCK_MS: DurationMs = durationMs(5000);
/** With every place for a request taken, whether one has come free is looked at this often. */
const ROOM_MS: DurationMs = durationMs(20);

/** How the loop ended: every group left in order, or without handing over, or another agent speaks for this host. */
export type LoopEnd = 'left' | 'left-quietly' | 'superseded';

export class Loop implements GroupHost {
  readonly #ports: Ports;
  readonly #groups: GroupRunner[];
  readonly #exchange: Exchange;
  readonly #alone = new Map<GroupRunner, number>();
  readonly ended: Promise<LoopEnd>;
  #end: (how: LoopEnd) => void = () => undefined;
  #running = false;
  #quiet = false;
  #timer: NodeJS.Timeout | undefined;
  #nextLookAt = 0;
  #witnessedAt = -Infinity;
  #witnessing = false;
  readonly #witnessTrouble: WitnessTrouble;
  #movingSince: BootMs | undefined;
  #remembered = '';
  #turnedAt: BootMs;

  constructor(
    profiles: readonly GroupProfile[],
    memories: Readonly<Record<string, Memory>>,
    boot: number,
    ports: Ports,
  ) {
    this.#ports = ports;
    this.#turnedAt = ports.now();
    this.#witnessTrouble = new WitnessTrouble(ports.log);
    this.#groups = profiles.map(
      (profile) =>
        new GroupRunner(
          profile,
          memories[profile.name] ?? { epoch: 0, relEpoch: 0, master: false },
          ports,
          this,
        ),
    );
    this.#exchange = new Exchange(ports, boot, () => this.#stop('superseded'));
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Looks once at everything, then beats until stopped. */
  async start(): Promise<void> {
    // What an earlier run left bound must be known when the first state is told to hooks: unbinding comes before them.
    await Promise.all(this.#groups.map((group) => group.begin()));
    const waited = new Promise<void>((resolve) => setTimeout(resolve, FIRST_WITNESS_MS).unref());
    await Promise.race([this.#witness(), waited]);
    this.#running = true;
    for (const group of this.#groups) group.look();
    this.#turn();
    // Told to leave before it had begun: nothing else would notice.
    this.changed();
  }

  /** Resigns every group, hands over, and ends the loop when all have left. */
  terminate(): void {
    for (const group of this.#groups) group.dispatch({ kind: 'terminate' });
    this.#turn();
  }

  /**
   * Ends the loop without resigning, unbinding or hooks: another run of the agent is about to go on from here, within
   * the lease.
   */
  leaveQuietly(): void {
    this.#quiet = true;
    for (const group of this.#groups) group.dispatch({ kind: 'leave-quietly' });
  }

  /** A group's checks say this now. */
  assessed(group: string, assessment: Assessment): void {
    this.#groups.find(({ profile }) => profile.name === group)?.dispatch({ kind: 'assessed', assessment });
  }

  mayFollow(): boolean {
    return this.#groups.every(({ state }) => state.role !== 'MASTER' && state.lingerUntil === undefined);
  }

  /** The loop is not stuck: it has not begun, or has ended, or has turned of late. */
  get isAlive(): boolean {
    return !this.#running || since(this.#turnedAt, this.#ports.now()) < STUCK_MS;
  }

  /** For people: what each group is doing. */
  states(): { name: string; role: string; epoch: number }[] {
    return this.#groups.map(({ profile, state }) => ({
      name: profile.name,
      role: state.role,
      epoch: state.epoch,
    }));
  }

  beatAlone(group: GroupRunner, why: BeatReason): void {
    if (!this.#running) return;
    const now = this.#ports.now();
    const last = this.#alone.get(group) ?? -Infinity;
    const at = why === 'work' ? Math.max(now, last + WORK_SPACING_MS) : now;
    this.#alone.set(group, at);
    // Out of the reducer's turn: what else this turn brings shall be in the report.
    setTimeout(() => this.#sendAlone(group), Math.max(0, at - now));
  }

  changed(): void {
    if (!this.#running) return;
    this.#remember();
    if (this.#groups.every((group) => group.left)) this.#stop(this.#quiet ? 'left-quietly' : 'left');
    else this.#arm();
  }

  #sendAlone(group: GroupRunner): void {
    if (this.#running && !group.left && this.#exchange.hasRoom('urgent'))
      void this.#exchange.send([group], 'urgent');
  }

  #remember(): void {
    const memories = Object.fromEntries(this.#groups.map((group) => [group.profile.name, group.memory]));
    const text = JSON.stringify(memories);
    if (text === this.#remembered) return;
    this.#remembered = text;
    try {
      this.#ports.remember(memories);
    } catch (cause) {
      // A full disk must not cost the VIP: what is lost is only the restart during an arbiter's outage.
      this.#ports.log.error({ error: messageOf(cause) }, 'the state could not be written');
    }
  }

  #stop(how: LoopEnd): void {
    if (!this.#running) return;
    this.#running = false;
    clearTimeout(this.#timer);
    void Promise.allSettled(this.#groups.map((group) => group.idle())).then(() => this.#end(how));
  }

  #nextBeatAt(): number {
    return Math.min(...this.#groups.filter((group) => !group.left).map(({ state }) => state.nextBeatAt));
  }

  /** One turn: everything that is due, then sleep until the next thing is. */
  #turn(): void {
    if (!this.#running) return;
    const now = this.#ports.now();
    this.#turnedAt = now;
    if (now >= this.#nextLookAt) {
      this.#nextLookAt = now + LOOK_MS;
      for (const group of this.#groups) group.look();
    }
    if (now >= this.#nextWitnessAt()) void this.#witness();
    for (const group of this.#groups) group.dispatch({ kind: 'tick' });
    if (now >= this.#nextBeatAt() && this.#exchange.hasRoom('regular')) {
      void this.#exchange.send(
        this.#groups.filter((group) => !group.left),
        'regular',
      );
    }
    this.#arm();
  }

  #arm(): void {
    if (!this.#running) return;
    const now = this.#ports.now();
    const beatAt = this.#exchange.hasRoom('regular') ? this.#nextBeatAt() : now + ROOM_MS;
    const at = Math.min(
      this.#nextLookAt,
      this.#nextWitnessAt(),
      beatAt,
      ...this.#groups.map((group) => group.wakeAt()),
    );
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#turn(), Math.max(TIMER_MIN_MS, at - now));
  }

  /** While the fabric moves to or from this host, its answer is awaited; otherwise it is only checked. */
  #nextWitnessAt(): number {
    if (this.#witnessing) return Infinity;
    const moving = this.#groups.some(
      ({ state }) => state.lingerUntil !== undefined || (state.role === 'MASTER' && !state.wasListed),
    );
    if (!moving) this.#movingSince = undefined;
    else this.#movingSince ??= this.#ports.now();
    const awaited =
      this.#movingSince !== undefined && since(this.#movingSince, this.#ports.now()) < MOVING_WATCH_MS;
    return this.#witnessedAt + (awaited ? WITNESS_MOVING_MS : WITNESS_MS);
  }

  async #witness(): Promise<void> {
    this.#witnessing = true;
    this.#witnessedAt = this.#ports.now();
    const seen = await this.#ports.witness().catch((cause: unknown) => {
      this.#witnessTrouble.failed(cause);
      return 'unknown' as const;
    });
    if (seen !== 'unknown') this.#witnessTrouble.answered();
    for (const group of this.#groups) {
      const listed = seen === 'unknown' ? seen : seenBy(group.profile).filter((vip) => seen.includes(vip));
      group.dispatch({ kind: 'witness', listed });
    }
    this.#witnessing = false;
    this.#arm();
  }
}
