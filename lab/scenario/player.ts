/** Plays a scenario on a stage: step by step, each timed and told, until one fails or all are done. */

import { journalFrom } from '../control/client.ts';
import type { FaultKind, LabStatus } from '../control/types.ts';
import { LabError } from '../errors.ts';
import type { ProbeReport } from '../probe/analysis.ts';
import type { Question } from '../probe/question.ts';
import { failoverTimeline, type Timeline } from '../timeline/timeline.ts';
import { type Cast, fillIn, hostIn, isOfGroup } from './cast.ts';
import {
  type Baseline,
  baselineOf,
  judge,
  movesSince,
  needsReports,
  repairsSince,
  type Strike,
  strikeOf,
} from './expect.ts';
import { hasStandby, holders, isHeld, isRescued, Stillness } from './groups.ts';
import type { Expect, Run, Scenario, ScenarioFault, ScenarioStep, Wait } from './schema.ts';
import { askedEvery, questionsOf, seenWords } from './services.ts';
import type { Stage } from './stage.ts';
import type { WatchedProbe } from './watch.ts';
import { stepWords } from './words.ts';

/** How often a wait looks. */
const lookMs = 50;

/** One step as it went. */
export interface PlayedStep {
  n: number;
  text: string;
  /** Since the scenario began, milliseconds. */
  atMs: number;
  tookMs: number;
  ok: boolean;
  /** What came of it; empty when there is nothing to say. */
  detail: string;
}

export interface ScenarioResult {
  name: string;
  ok: boolean;
  steps: PlayedStep[];
  /** Of the last transfer since the scenario's first `held`; null when nothing moved. */
  timeline: Timeline | null;
  probes: ProbeReport[];
}

export interface PlayOptions {
  onBegin?: (step: { n: number; text: string }) => void;
  onStep?: (step: PlayedStep) => void;
  signal?: AbortSignal;
}

interface StepOutcome {
  ok: boolean;
  detail: string;
}
const done = (detail = ''): StepOutcome => ({ ok: true, detail });

/** A wait that ended without what it waited for; it fails its step and is no error of the lab. */
const gaveUp = (detail: string): StepOutcome => ({ ok: false, detail });

class Player {
  readonly #stage: Stage;
  readonly #lab: Scenario['lab'];
  readonly #signal: AbortSignal;
  #original: string | null = null;
  #baseline: Baseline | null = null;
  #strike: Strike | null = null;
  #journalStart = 0;
  #watched: WatchedProbe | null = null;
  #questions: readonly Question[] = [];
  #reports: ProbeReport[] = [];
  readonly #faults: { kind: FaultKind; id: string }[] = [];

  constructor(stage: Stage, lab: Scenario['lab'], signal: AbortSignal) {
    this.#stage = stage;
    this.#lab = lab;
    this.#signal = signal;
  }

  get reports(): ProbeReport[] {
    return this.#reports;
  }

  async perform(step: ScenarioStep): Promise<StepOutcome> {
    if (step.say !== undefined) return done();
    if (step.wait !== undefined) return this.#wait(step.wait);
    if (step.probe !== undefined) return step.probe === 'start' ? this.#startProbe() : this.stopProbe();
    if (step.fault !== undefined) return this.#fault(step.fault);
    if (step.heal !== undefined) return this.#heal(step.heal);
    if (step.run !== undefined) return this.#run(step.run);
    if (step.expect !== undefined) return this.#expect(step.expect);
    if (step.assign !== undefined) {
      const { vip = this.#stage.info.vips[0] ?? '', table, to } = step.assign;
      const cast = await this.#cast();
      const host = hostIn(cast, to);
      this.#strike = strikeOf(cast.status, []);
      await this.#stage.assign(vip, host.eni, table);
      return done(`to ${host.name}`);
    }
    await this.#stage.sleep(step.sleep ?? 0, this.#signal);
    return done();
  }

  /** Ends the probe, if one runs, and keeps what it saw. */
  async stopProbe(): Promise<StepOutcome> {
    const watched = this.#watched;
    if (watched === null) {
      return this.#reports.length > 0 ? done() : gaveUp('no probe runs');
    }
    this.#watched = null;
    this.#reports = await watched.probes.stop();
    return done(seenWords(this.#reports, this.#questions));
  }

  async timeline(): Promise<Timeline | null> {
    const { info, client } = this.#stage;
    const { entries } = await journalFrom(client, this.#journalStart);
    const moved = entries.findLast((entry) => entry.kind === 'transfer')?.['group'];
    const { groups } = await client.status();
    const vips = groups.find((group) => group.name === moved)?.vips.map((vip) => vip.address) ?? [];
    const probe = this.#reports.find((report) => vips.includes(report.vip)) ?? this.#reports[0];
    const found = failoverTimeline(entries, { hosts: info.hosts, ...(probe === undefined ? {} : { probe }) });
    return found?.from === null ? null : found;
  }

  async #cast(): Promise<Cast> {
    const status = await this.#stage.client.status();
    return { info: this.#stage.info, status, original: this.#original };
  }

  async #markBaseline(status: LabStatus): Promise<void> {
    if (this.#baseline === null) {
      this.#baseline = baselineOf(status);
      this.#original = status.groups[0]?.holderHost ?? null;
      const { entries } = await journalFrom(this.#stage.client);
      // Beats from before belong to the story as well, the first holder's own transfer does not.
      this.#journalStart = (entries.findLast((entry) => entry.kind === 'transfer')?.n ?? -1) + 1;
    }
  }

  async #wait(wait: Wait): Promise<StepOutcome> {
    const deadlineMs = this.#stage.nowMs() + wait.timeout;
    let missing = '';
    let othersSinceMs: number | null = null;
    const stillness = new Stillness();
    do {
      const status = await this.#stage.client.status();
      missing = this.#missing(wait, status);
      const stillMs = this.#stage.nowMs() - stillness.look(status, this.#stage.nowMs());
      if (wait.settled !== undefined && stillMs < wait.settled) missing ||= 'the groups are not at rest';
      othersSinceMs = missing === '' ? (othersSinceMs ?? this.#stage.nowMs()) : null;
      missing ||= this.#unserved(wait, othersSinceMs ?? Number.POSITIVE_INFINITY);
      if (missing === '') {
        await this.#markBaseline(status);
        const told = wait.held ?? wait.rescued;
        return done(told === undefined ? '' : `by ${holders(status, told)}`);
      }
      await this.#stage.sleep(lookMs, this.#signal);
    } while (this.#stage.nowMs() < deadlineMs);
    return gaveUp(missing);
  }

  /**
   * Being served counts from when all else that is waited for is true: a client notices a silence only after a while,
   * and what it was given before the move proves nothing about after it.
   */
  #unserved(wait: Wait, sinceMs: number): string {
    if (wait.served === undefined) {
      return '';
    }
    if (this.#watched === null) {
      return 'no probe runs';
    }
    const nowMs = this.#stage.nowMs();
    const isSteady = nowMs - sinceMs >= wait.served && this.#watched.isSteady(wait.served, nowMs);
    return isSteady ? '' : 'the client is not served steadily';
  }

  /** What a wait still waits for besides being served; empty when nothing. */
  #missing(wait: Wait, status: LabStatus): string {
    const baseline = this.#baseline ?? baselineOf(status);
    if (wait.held !== undefined && !isHeld(status, wait.held)) {
      return 'nobody holds';
    }
    if (wait.standby !== undefined && !hasStandby(status, wait.standby)) {
      return 'nobody could take over';
    }
    if (wait.rescued !== undefined && !isRescued(status, wait.rescued, this.#strike?.hosts ?? [])) {
      return 'nobody has taken over';
    }
    if (wait.moved !== undefined && (movesSince(status, baseline) < wait.moved || !isHeld(status, 'all'))) {
      return `${movesSince(status, baseline)} moves so far`;
    }
    if (wait.repaired !== undefined && repairsSince(status, baseline) < wait.repaired) {
      return `${repairsSince(status, baseline)} repaired so far`;
    }
    return '';
  }

  async #startProbe(): Promise<StepOutcome> {
    if (this.#watched !== null) {
      return gaveUp('a probe runs already');
    }
    this.#reports = [];
    this.#questions = questionsOf(this.#lab.services, await this.#stage.client.status());
    this.#watched = this.#stage.watch(this.#questions);
    await this.#watched.probes.ready;
    return done(askedEvery(this.#questions, this.#stage.info.vips));
  }

  async #fault(order: ScenarioFault): Promise<StepOutcome> {
    const { for: forMs, kind, target, percent, ms, code, service } = order;
    const isCast = target === 'original' || isOfGroup(target);
    const resolved = isCast ? hostIn(await this.#cast(), target).name : target;
    const before = await this.#stage.client.status();
    const fault = await this.#stage.client.fault({
      kind,
      target: resolved,
      ...(forMs === undefined ? {} : { forMs }),
      ...(percent === undefined ? {} : { percent }),
      ...(ms === undefined ? {} : { ms }),
      ...(code === undefined ? {} : { code }),
      ...(service === undefined ? {} : { service }),
    });
    this.#faults.push({ kind, id: fault.id });
    // A fault of a way names both of its ends.
    this.#strike = strikeOf(
      before,
      fault.targets.flatMap((one) => one.split('/')),
    );
    return done(fault.targets.join(' '));
  }

  async #heal(what: 'all' | FaultKind): Promise<StepOutcome> {
    this.#strike = strikeOf(await this.#stage.client.status(), []);
    if (what === 'all') {
      return done((await this.#stage.client.heal()).join(' '));
    }
    const inForce = new Set((await this.#stage.client.status()).faults.map((fault) => fault.id));
    for (const { id } of this.#faults.filter((fault) => fault.kind === what && inForce.has(fault.id))) {
      await this.#stage.client.heal(id);
    }
    return done();
  }

  async #run({ on, argv, exit, output }: Run): Promise<StepOutcome> {
    const cast = await this.#cast();
    const netns = on === 'shell' ? null : on === 'client' ? cast.info.client.netns : hostIn(cast, on).netns;
    const ran = await this.#stage.run(
      netns,
      argv.map((argument) => fillIn(cast, argument)),
      this.#signal,
    );
    const lastLine = ran.output.split('\n').at(-1) ?? '';
    if (ran.exit !== exit) {
      return gaveUp(`it ended with ${ran.exit}, expected ${exit}: ${lastLine || 'no output'}`);
    }
    const wanted = output === undefined ? ran.output : fillIn(cast, output).trim();
    return ran.output === wanted ? done(lastLine) : gaveUp(`it said '${ran.output}', expected '${wanted}'`);
  }

  async #expect(expect: Expect): Promise<StepOutcome> {
    if (this.#watched !== null && needsReports(expect)) {
      await this.stopProbe();
    }
    const cast = await this.#cast();
    const verdicts = judge(expect, {
      cast,
      baseline: this.#baseline ?? baselineOf(cast.status),
      reports: this.#reports,
      timeline: await this.timeline(),
      strike: this.#strike,
    });
    const failed = verdicts.filter((one) => !one.ok);
    const told = failed.length > 0 ? failed : verdicts;
    return { ok: failed.length === 0, detail: told.map((one) => one.what).join('; ') };
  }
}

const attempt = async (player: Player, step: ScenarioStep, signal: AbortSignal): Promise<StepOutcome> => {
  try {
    return await player.perform(step);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LabError) {
      return gaveUp(`${error.message} (${error.remedy})`);
    }
    throw error;
  }
};

/**
 * Plays all steps, up to the first that fails. The lab stays as the scenario leaves it; the probe is stopped.
 *
 * @example const { ok } = await playScenario(scenario, stageOf(info), { onStep: (step) => console.log(step.text) });
 */
export const playScenario = async (
  scenario: Scenario,
  stage: Stage,
  options: PlayOptions = {},
): Promise<ScenarioResult> => {
  const signal = options.signal ?? new AbortController().signal;
  const player = new Player(stage, scenario.lab, signal);
  const startMs = stage.nowMs();
  const steps: PlayedStep[] = [];
  try {
    for (const [index, step] of scenario.steps.entries()) {
      signal.throwIfAborted();
      const about = { n: index + 1, text: stepWords(step) };
      options.onBegin?.(about);
      const atMs = stage.nowMs() - startMs;
      const outcome = await attempt(player, step, signal);
      const played = { ...about, atMs, tookMs: stage.nowMs() - startMs - atMs, ...outcome };
      steps.push(played);
      options.onStep?.(played);
      if (!outcome.ok) {
        break;
      }
    }
  } finally {
    await player.stopProbe();
  }
  const ok = steps.length === scenario.steps.length && steps.every((step) => step.ok);
  return { name: scenario.name, ok, steps, timeline: await player.timeline(), probes: player.reports };
};
