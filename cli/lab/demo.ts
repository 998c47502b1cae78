/** The demonstration: a lab, a client, and the holder killed under it. */

import { setTimeout as delay } from 'node:timers/promises';
import { connectLab, journalFrom, type LabClient } from '../../lab/control/client.ts';
import type { LabInfo, LabStatus } from '../../lab/control/types.ts';
import type { ProbeReport } from '../../lab/probe/analysis.ts';
import { formatDurationMs } from '../../lab/scenario/duration.ts';
import { type WatchedProbe, watchProbes } from '../../lab/scenario/watch.ts';
import { failoverTimeline, type Timeline } from '../../lab/timeline/timeline.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { type Interrupt, watchInterrupt } from '../interrupt.ts';
import { table } from '../table.ts';
import { type Terminal, terminalOf } from '../terminal.ts';
import { demoDocument, measuredLines } from './demo-report.ts';
import { livingLabs } from './find.ts';
import { modeWords } from './info.ts';
import { showLive } from './live.ts';
import { statusLines } from './status-screen.ts';
import { timelineLines } from './timeline-lines.ts';
import { endLab, startLab } from './up.ts';

const hosts = 3;
/** The client is answered this long without a loss before the holder is killed, and again before the probe stops. */
const steadyBeforeMs = 1500;
const steadyAfterMs = 1000;
/** A new group waits one lease for its first holder; this long means that nobody will come. */
const heldMsMax = 15_000;
const steadyMsMax = 6000;
/** Failure detection at 1 s heartbeats and a 3 s lease ends within 3.4 s; this long means that it failed. */
const movedMsMax = 10_000;
const lookMs = 25;

const demoFailed = (message: string): CliError =>
  new CliError('demo-failed', message, {
    remedy: 'look closer: keepaloft lab up, then keepaloft lab logs',
    exitCode: EXIT.failed,
  });

/** What the parts of the demonstration work with. */
interface Show {
  info: LabInfo;
  client: LabClient;
  screen: Terminal;
  signal: AbortSignal;
}

/** Looks until `condition` gives something. @throws CliError with `failure` after `msMax` */
const until = async <T>(
  condition: () => Promise<T | null> | T | null,
  msMax: number,
  failure: () => string,
  signal: AbortSignal,
): Promise<T> => {
  const deadline = performance.now() + msMax;
  for (;;) {
    const found = await condition();
    if (found !== null) {
      return found;
    }
    if (performance.now() > deadline) {
      throw demoFailed(failure());
    }
    await delay(lookMs, undefined, { signal });
  }
};

/** The group's holder, once it has bound the address, the fabric delivers to it and somebody could take over. */
const holderIn = (status: LabStatus): string | null => {
  const group = status.groups[0];
  const hasStandby =
    group?.members.some((member) => member.state === 'BACKUP' && member.health === 'ok') === true;
  const isBound =
    group?.members.some((member) => member.node === group.holder && member.bound === true) === true;
  const isDelivered = group?.phase === 'held' && group.vips.every((vip) => vip.owner === group.holderHost);
  return isDelivered && isBound && hasStandby ? group.holderHost : null;
};

const say = ({ screen }: Pick<Show, 'screen'>, sentence: string): void => {
  screen.line(`${screen.paint('cyan', screen.unicode ? '▸' : '>')} ${sentence}`);
};

const showHolder = async (show: Show): Promise<string> => {
  const holder = await until(
    async () => holderIn(await show.client.status()),
    heldMsMax,
    () => 'nobody took the virtual IP',
    show.signal,
  );
  say(show, `${show.info.vips.join(', ')} is held by ${show.screen.paint('bold', holder)}`);
  for (const line of statusLines(show.info, await show.client.status(), show.screen, Date.now()).slice(1)) {
    show.screen.line(`  ${line}`);
  }
  return holder;
};

const waitSteady = (
  show: Show,
  watched: WatchedProbe,
  forMs: number,
  msMax: number,
  who: string,
): Promise<true> =>
  until(
    () => (watched.isSteady(forMs) ? true : null),
    msMax,
    () => `the client was not answered steadily ${who}`,
    show.signal,
  );

/** Kills the holder and waits until another host answers the client. @returns that host's name */
const failOver = async (show: Show, watched: WatchedProbe, victim: string): Promise<string> => {
  say(show, `kill -9 of agent and service on ${show.screen.paint('bold', victim)}, under the running client`);
  await show.client.fault({ kind: 'kill', target: victim });
  const other = (): string | null => {
    const [sight] = watched.sights();
    return sight !== undefined && sight.owner !== null && sight.owner !== victim ? sight.owner : null;
  };
  const successor = await until(other, movedMsMax, () => `nobody took over from ${victim}`, show.signal);
  await waitSteady(show, watched, steadyAfterMs, steadyMsMax, 'after the failover');
  say(show, `${show.screen.paint('bold', successor)} answers`);
  return successor;
};

/** The whole measurement: steady, killed, served again, reported. */
const measure = async (show: Show): Promise<{ report: ProbeReport; timeline: Timeline }> => {
  const victim = await showHolder(show);
  const { entries: before } = await journalFrom(show.client);
  const watched = watchProbes(show.info, show.info.vips.slice(0, 1));
  // A probe that fails while something else is awaited is told by the next wait, not by a crash.
  watched.probes.finished.catch(() => undefined);
  let reports: ProbeReport[];
  try {
    await watched.probes.ready;
    say(
      show,
      `a client sends a probe every 2 ms; waiting until it is answered for ${formatDurationMs(steadyBeforeMs)}`,
    );
    await waitSteady(show, watched, steadyBeforeMs, steadyMsMax, 'before the failover');
    await failOver(show, watched, victim);
  } finally {
    reports = await watched.probes.stop().catch(() => []);
  }
  const [report] = reports;
  if (report === undefined) {
    throw demoFailed('the client ended without a report');
  }
  const { entries } = await journalFrom(show.client);
  const known = new Set(before.filter((entry) => entry.kind === 'transfer').map((entry) => entry.n));
  const story = entries.filter((entry) => !known.has(entry.n));
  const timeline = failoverTimeline(story, { hosts: show.info.hosts, probe: report });
  if (timeline === null || timeline.from !== victim || timeline.to === null || timeline.to === victim) {
    throw demoFailed('the client is served, but the arbiter noted no move');
  }
  return { report, timeline };
};

/** What to try, and what it shows. */
const trials: readonly (readonly [command: string, what: string])[] = [
  ['npx keepaloft lab fault stop holder', 'a clean stop: the address is handed over'],
  ['npx keepaloft lab fault service holder', 'the service dies, the agent lives'],
  ['npx keepaloft lab fault cut-host holder --for 10s', 'a host without a network'],
  ['npx keepaloft lab fault cut-arbiter all --for 60s', 'no arbiter: nothing must happen'],
  ['npx keepaloft lab heal', 'end all faults'],
  ['npx keepaloft lab probe', 'measure it yourself'],
];

const hints = ({ screen, info }: Show): string[] => {
  // With other labs on the machine a command must say which one it means.
  const which = livingLabs().length > 1 ? ` --lab ${info.lab}` : '';
  const rows = trials.map(([command, what]) => [`  ${command}${which}`, screen.paint('dim', what)]);
  const page = `In a browser: ${screen.paint('bold', info.endpoints.console)}`;
  return ['', page, '', 'Ctrl-C ends it. Try in another terminal:', ...table(['', ''], rows).slice(1)];
};

/** Goes on with a healed lab until the user ends it. */
const goOn = async (show: Show): Promise<void> => {
  await show.client.heal();
  say(show, 'the killed host is started again; it comes back as standby, and the address stays where it is');
  show.screen.line();
  if ((await showLive(show, show.screen, show.signal, hints(show))) === 'gone') {
    throw demoFailed('the lab ended by itself');
  }
};

const perform = async (
  options: { once: boolean; json: boolean },
  screen: Terminal,
  interrupt: Interrupt,
): Promise<void> => {
  const { signal } = interrupt;
  let info: LabInfo | null = null;
  try {
    say({ screen }, `starting a lab of ${hosts} hosts`);
    info = await startLab({ hosts }, screen, signal);
    say({ screen }, `lab ${screen.paint('bold', info.lab)}, ${modeWords(info)}`);
    say({ screen }, `its console, in a browser: ${info.endpoints.console}`);
    const show: Show = { info, client: connectLab(info.dir), screen, signal };
    const { report, timeline } = await measure(show);
    if (options.json) {
      process.stdout.write(`${JSON.stringify(demoDocument(info, report, timeline), null, 2)}\n`);
    }
    screen.line();
    for (const line of [...timelineLines(timeline, screen), '', ...measuredLines(report, timeline, screen)]) {
      screen.line(line);
    }
    if (!options.once) {
      screen.line();
      await goOn(show);
    }
  } finally {
    if (info !== null) {
      await endLab(info, screen, interrupt);
    }
  }
};

/**
 * Runs the demonstration and removes the lab whatever happens.
 * @returns the exit code; 0 only when the address moved and was served again
 */
export const demonstrate = async (options: { once: boolean; json: boolean }): Promise<number> => {
  const screen = terminalOf(options.json ? process.stderr : process.stdout);
  const interrupt = watchInterrupt();
  try {
    await perform(options, screen, interrupt);
    return EXIT.ok;
  } catch (error) {
    // Whatever was being waited for when Ctrl-C came says so in its own words.
    interrupt.signal.throwIfAborted();
    throw error;
  } finally {
    interrupt.dispose();
  }
};
