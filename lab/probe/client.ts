/**
 * A client of the lab's virtual addresses: sends a UDP probe to each, or asks the real services behind them, at a steady
 * rate until it is told to stop, then hands over one report per address. Told to stop by SIGTERM, SIGINT, the message {kind:"stop"}, the end of its parent,
 * or --seconds. Started by hand it prints JSON: the report, or {probes:[…]} for several addresses.
 *
 * Arguments: --vip ADDRESS … or --question JSON …, [--port 7007] [--interval-ms 2] [--seconds N]
 */

import { parseArgs } from 'node:util';
import type { ProbeReport } from './analysis.ts';
import { lostAfterMs } from './flight.ts';
import { Pacer } from './pacer.ts';
import { questionSchema } from './question.ts';
import { type ProbeEvent, type ProbeRun, ProbeTarget } from './target.ts';
import { createTcpWire } from './tcp-wire.ts';
import { createUdpWire } from './udp-wire.ts';

const tickMs = 1;
const progressMs = 250;
const lastAnswersPollMs = 5;
const runNumberMax = 2 ** 32;
const msPerSecond = 1000;
const intervalMsMin = 1;
const intervalMsMax = 1000;
const silentAfterMs = 50;
/** What is asked more rarely, real services above all, is given longer. */
const silentRarelyAfterMs = 250;
const rarelyMs = 10;
/** What a pause missed is not asked at once: many connections in one moment overflow the queue of a small server. */
const questionBurstMax = 1;

const { values } = parseArgs({
  options: {
    vip: { type: 'string', multiple: true, default: [] },
    question: { type: 'string', multiple: true, default: [] },
    port: { type: 'string', default: '7007' },
    'interval-ms': { type: 'string', default: '2' },
    seconds: { type: 'string' },
  },
});

const intervalOf = (text: string): number => {
  const ms = Number(text);
  if (!(ms >= intervalMsMin && ms <= intervalMsMax)) {
    throw new Error(`--interval-ms must lie between ${intervalMsMin} and ${intervalMsMax}, not '${text}'`);
  }
  return ms;
};

const tell = (event: ProbeEvent | { kind: 'ready' } | { kind: 'report'; reports: ProbeReport[] }): void => {
  if (process.connected) {
    process.send?.(event);
  }
};

const nowMs = (): number => performance.now();
const burstMax = values.question.length > 0 ? questionBurstMax : Number.POSITIVE_INFINITY;
const intervalMs = intervalOf(values['interval-ms']);
const run: ProbeRun = {
  intervalMs,
  silentAfterMs: values.question.length > 0 || intervalMs >= rarelyMs ? silentRarelyAfterMs : silentAfterMs,
  // performance.now() runs on the same clock as process.hrtime; the anchor is taken once, so that a step of the wall
  // clock cannot bend a measurement.
  anchorEpochMs: Date.now() - nowMs(),
  nowMs,
  tell,
};

/** Resolves at the first reason to stop. */
const toldToStop = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
    process.once('disconnect', () => resolve());
    process.on('message', (message) => {
      if (typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'stop') {
        resolve();
      }
    });
    if (values.seconds !== undefined) {
      setTimeout(resolve, Number(values.seconds) * msPerSecond);
    }
  });

/** Waits until no probe is open any more; each is answered or lost after a bounded time. */
const lastAnswers = (targets: readonly ProbeTarget[]): Promise<void> =>
  new Promise((resolve) => {
    const deadlineMs = nowMs() + lostAfterMs + progressMs;
    const poll = setInterval(() => {
      for (const target of targets) {
        target.settle();
      }
      if (nowMs() > deadlineMs || targets.every((target) => target.open === 0)) {
        clearInterval(poll);
        resolve();
      }
    }, lastAnswersPollMs);
  });

const probe = async (targets: readonly ProbeTarget[]): Promise<ProbeReport[]> => {
  const startedMs = nowMs();
  const pacer = new Pacer(run.intervalMs, startedMs, run.anchorEpochMs);
  const tick = (): void => {
    const due = Math.min(pacer.due(nowMs()), burstMax);
    for (const target of targets) {
      for (let sent = 0; sent < due; sent += 1) {
        target.send();
      }
      target.settle();
      target.listen();
    }
  };
  const ticking = setInterval(tick, tickMs);
  const reporting = setInterval(() => {
    for (const target of targets) {
      target.tellProgress();
    }
  }, progressMs);
  tell({ kind: 'ready' });
  await toldToStop();
  clearInterval(ticking);
  clearInterval(reporting);
  const endedMs = nowMs();
  await lastAnswers(targets);
  const { maxLateMs, stalls, stallTotalMs } = pacer;
  return targets.map((target) =>
    target.finish({ startedMs, endedMs, maxLateMs, stalls, stallMs: stallTotalMs }),
  );
};

if (values.vip.length + values.question.length === 0) {
  throw new Error('--vip ADDRESS or --question JSON is missing');
}
const runNumber = Math.floor(Math.random() * runNumberMax);
const targets = [
  ...values.vip.map(
    (vip) =>
      new ProbeTarget(vip, run, (events) =>
        createUdpWire({ vip, port: Number(values.port), runNumber }, events),
      ),
  ),
  ...values.question
    .map((text) => questionSchema.parse(JSON.parse(text)))
    .map((question) => new ProbeTarget(question.vip, run, (events) => createTcpWire(question, events))),
];
await Promise.all(targets.map((target) => target.start()));
const reports = await probe(targets);
if (process.connected) {
  process.send?.({ kind: 'report', reports }, () => process.disconnect());
} else {
  const document = reports.length === 1 ? reports[0] : { probes: reports };
  process.stdout.write(`${JSON.stringify(document)}\n`);
}
