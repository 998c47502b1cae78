/** A run of the nemesis: a lab, its clients and observers, and round after round of strikes until the time is up. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isBoundByHosts } from '../../core/traits.ts';
import { keepaloftFileSchema } from '../../core/wire/config.ts';
import { readDocument } from '../../core/wire/document.ts';
import type { Vip } from '../../core/wire/names.ts';
import { launchLab } from '../control/launch.ts';
import { LabError } from '../errors.ts';
import { CommandFailure } from '../net/exec.ts';
import { FIRST_TABLE } from '../net/layout.ts';
import { type WatchedProbe, watchProbes } from '../scenario/watch.ts';
import { Session } from '../session.ts';
import { entryOf, type Mode } from './catalogue.ts';
import { convergeMsMax } from './check/limits.ts';
import { documentOf, HOSTS } from './document.ts';
import { type FabricName, KINDS, TABLES, vipsOf } from './fabrics.ts';
import type { GroupFacts, HistoryEvent, VipFacts } from './history.ts';
import { Observer } from './observer.ts';
import { Recorder } from './recorder.ts';
import { missingForRest } from './rest.ts';
import type { Round, Strike } from './schedule.ts';
import { type Fallen, Striker } from './striker.ts';
import { planWords } from './words.ts';

/** A probe so often: enough to see a gap of a few milliseconds, and half the work of the lab's usual client. */
export const PROBE_MS = 5;
/** How often it is looked whether all is well again. */
const LOOK_MS = 200;
/** A first rest is reached within this, or the lab is not what it should be. */
const FIRST_REST_MS_MAX = 60_000;

export interface RunOptions {
  readonly fabric: FabricName;
  readonly mode: Mode;
  readonly seed: string;
  readonly groups: number;
  readonly rounds: readonly Round[];
  /** No round begins later than this after the first. */
  readonly forMs: number;
  /** Ends the run in order: what was seen until then is judged. */
  readonly signal: AbortSignal;
  readonly onProgress?: (sentence: string) => void;
  readonly onEvent?: (event: HistoryEvent) => void;
}

class Run {
  readonly #options: RunOptions;
  readonly #session: Session;
  readonly #striker: Striker;
  readonly #recorder: Recorder;
  readonly #observer: Observer;
  readonly #watched: WatchedProbe;
  #groups: GroupFacts[] = [];
  #strikes = 0;

  constructor(session: Session, options: RunOptions) {
    const { info } = session;
    this.#options = options;
    this.#session = session;
    const vips = vipsOf(options.fabric, options.mode, options.groups);
    this.#striker = new Striker(session, vips);
    const recorder = new Recorder(session, options.onEvent);
    this.#recorder = recorder;
    this.#observer = new Observer({
      info,
      vips: vips.filter(isBoundByHosts).map((vip) => ({
        address: vip.address,
        tables: vip.fabric === 'route' ? vip.tables.map(tableNumber) : [],
        isAnnounced: KINDS[vip.fabric].told === 'neighbours',
      })),
      onSighting: (sighting) => recorder.add(sighting),
      onBlind: (what) => recorder.add({ kind: 'blind', at: Date.now(), what }),
    });
    this.#watched = watchProbes(info, info.vips, { intervalMs: PROBE_MS });
  }

  async play(): Promise<HistoryEvent[]> {
    const { forMs, rounds, signal } = this.#options;
    try {
      await this.#begin();
      const deadline = performance.now() + forMs;
      for (const round of rounds) {
        if (signal.aborted || performance.now() >= deadline) break;
        if (!(await this.#round(round))) break;
      }
    } finally {
      await this.#striker.healAll();
      this.#striker.close();
      const reports = await this.#watched.probes.stop();
      await this.#recorder.stop();
      this.#observer.stop();
      this.#recorder.addReports(reports, signal.aborted);
    }
    return this.#recorder.history();
  }

  async #begin(): Promise<void> {
    const { fabric, mode, seed, onProgress, signal } = this.#options;
    await this.#observer.start();
    await this.#watched.probes.ready;
    onProgress?.('waiting until every group is held and served');
    const missing = await this.#untilRest(FIRST_REST_MS_MAX);
    signal.throwIfAborted();
    if (missing !== '')
      throw new LabError('never-at-rest', `the lab did not come to rest: ${missing}`, {
        remedy: 'run it again; `keepaloft lab up` and `lab logs` show more',
      });
    await this.#recorder.follow();
    this.#groups = await this.#groupFacts();
    this.#recorder.add({
      kind: 'start',
      at: Date.now(),
      fabric,
      mode,
      seed,
      hosts: this.#session.info.hosts.map((host) => host.name),
      groups: this.#groups,
      intervalMs: PROBE_MS,
    });
  }

  async #groupFacts(): Promise<GroupFacts[]> {
    const { mode } = this.#options;
    const { groups } = await this.#session.status();
    const file = readDocument('the configuration of the nemesis', textOf(this.#options), keepaloftFileSchema);
    return groups.map(({ name, epoch, holderHost }) => {
      const group = file.groups[name];
      if (group === undefined) throw new TypeError(`the lab has a group ${name} that nobody asked for`);
      const { timing } = group;
      const vips = group.vips.map(vipFacts);
      this.#noteStands(vips, holderHost);
      return {
        name,
        vips,
        exclusive: mode === 'exclusive',
        heartbeatMs: timing.heartbeat,
        leaseMs: timing.lease,
        holder: holderHost,
        epoch,
      };
    });
  }

  /** @returns false when the groups did not come to rest, or the run was interrupted: there is no going on */
  async #round(round: Round): Promise<boolean> {
    const { signal } = this.#options;
    const recorder = this.#recorder;
    recorder.add({ kind: 'round', at: Date.now(), round: round.round, plan: planWords(round) });
    await Promise.all(round.strikes.map((strike) => this.#strike(strike, round.round)));
    const quietAt = Date.now();
    recorder.add({ kind: 'quiet', at: quietAt, round: round.round });
    if (signal.aborted) return false;
    const missing = await this.#untilRest(convergeMsMax(this.#groups, this.#drifted(round)));
    if (signal.aborted) return false;
    const at = Date.now();
    if (missing !== '') {
      recorder.add({ kind: 'not-converged', at, round: round.round, tookMs: at - quietAt, missing });
      return false;
    }
    recorder.add({ kind: 'converged', at, round: round.round, tookMs: at - quietAt });
    await this.#pass(round.calmMs);
    recorder.add({ kind: 'calm', at: Date.now(), round: round.round });
    return true;
  }

  /** VIPs that strikes of this round may have moved by another hand. */
  #drifted({ strikes }: Round): VipFacts[] {
    const drifting = strikes.filter(({ kind }) => entryOf(kind).cost[this.#options.mode].dark === 'drift');
    return drifting.length === 0 ? [] : this.#groups.flatMap(({ vips }) => vips);
  }

  /** At the first rest what the kernel does not show is where the status has just said that it is: with the holder. */
  #noteStands(vips: readonly VipFacts[], host: string | null): void {
    const at = Date.now();
    for (const { address: vip, isBound, on = null } of vips)
      if (!isBound) this.#recorder.add({ kind: 'associated', at, since: at, vip, private: on, host });
  }

  async #strike(strike: Strike, round: number): Promise<void> {
    await this.#pass(strike.atMs);
    if (this.#options.signal.aborted) return;
    const at = Date.now();
    this.#strikes += 1;
    const id = `s${this.#strikes}`;
    let fallen: Fallen;
    try {
      fallen = await this.#striker.strike(strike);
    } catch (error) {
      if (!(error instanceof LabError || error instanceof CommandFailure)) throw error;
      this.#recorder.add({ kind: 'skipped', at, round, strike: strike.kind, why: error.message });
      return;
    }
    const { hosts, on, detail, heal } = fallen;
    const what = { round, id, strike: strike.kind, hosts: [...hosts] };
    this.#recorder.add({ kind: 'strike', at, ...what, ...on, detail });
    await this.#pass(Math.max(0, strike.forMs - (Date.now() - at)));
    await heal();
    this.#recorder.add({ kind: 'heal', at: Date.now(), ...what });
  }

  /** Lets time pass; an interrupted run does not wait. */
  async #pass(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#options.signal }).catch(() => undefined);
  }

  /** Waits until nothing is missing for the groups to be at rest. @returns what is missing after all; empty: nothing */
  async #untilRest(withinMs: number): Promise<string> {
    const deadline = performance.now() + withinMs;
    const healedMs = Date.now();
    for (;;) {
      const { groups } = await this.#session.status();
      const sights = this.#watched.sights();
      const missing = missingForRest({ groups }, this.#observer, sights, { nowMs: Date.now(), healedMs });
      if (missing === '' || performance.now() > deadline || this.#options.signal.aborted) return missing;
      await this.#pass(LOOK_MS);
    }
  }
}

/** The lab numbers its tables in the order in which the document names them. */
const tableNumber = (id: string): number => FIRST_TABLE + TABLES.findIndex((one) => one === id);

const vipFacts = (vip: Vip): VipFacts => ({
  address: vip.address,
  fabric: vip.fabric,
  isBound: isBoundByHosts(vip),
  ...(vip.fabric === 'elastic-ip' && vip.private !== undefined ? { on: vip.private } : {}),
  // The client is among those that send by the first.
  ...(vip.fabric === 'route' ? { table: FIRST_TABLE } : {}),
});

// JSON is YAML.
const textOf = ({ fabric, mode, groups }: Pick<RunOptions, 'fabric' | 'mode' | 'groups'>): string =>
  JSON.stringify(documentOf(fabric, mode, groups));

const openLab = async (options: RunOptions): Promise<Session> => {
  const folder = mkdtempSync(join(tmpdir(), 'keepaloft-nemesis-'));
  try {
    const config = join(folder, 'keepaloft.yaml');
    writeFileSync(config, textOf(options));
    return new Session(await launchLab({ config, hosts: HOSTS }, { signal: options.signal }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/**
 * Plays the rounds in a lab of its own.
 * @returns what happened, in order
 * @throws LabError when the lab cannot be started or never comes to its first rest; the signal's reason when aborted before
 */
export const runNemesis = async (options: RunOptions): Promise<HistoryEvent[]> => {
  const { fabric, mode, groups } = options;
  options.onProgress?.(`starting a lab: ${HOSTS} hosts, ${groups} ${mode} groups, fabric ${fabric}`);
  const session = await openLab(options);
  try {
    return await new Run(session, options).play();
  } finally {
    await session.close();
  }
};
