/** Runs a probing client inside the lab's client namespace and hands back its reports. */

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LabError } from '../errors.ts';
import { labPath } from '../net/exec.ts';
import type { ProbeReport } from './analysis.ts';
import { clientMessageSchema } from './messages.ts';
import type { Question } from './question.ts';
import type { ProbeEvent } from './target.ts';

export type { Outage, Owner, ProbeReport, Stall } from './analysis.ts';
export type { ProbeEvent } from './target.ts';

const clientFile = fileURLToPath(new URL('./client.ts', import.meta.url));
const complaintLengthMax = 2000;
/** After the word to stop, a client needs one loss time-out at most; this much longer means that it hangs. */
const stopMsMax = 10_000;

export interface ProbesOptions {
  /** What `VpcNetwork.enter(network.client.namespace)` returned. */
  enter: readonly string[];
  labId: string;
  vips: readonly string[];
  /** Real services to ask, each behind an address of its own. */
  questions?: readonly Question[];
  port?: number;
  intervalMs?: number;
  /** Ends by itself after this time. */
  seconds?: number;
  onEvent?: (event: ProbeEvent) => void;
}

/** A running client. */
export interface Probes {
  pid: number;
  /** Resolves when probes are being sent; rejects with `LabError` `probe-failed`. */
  ready: Promise<void>;
  /** The reports, in the order of the addresses and then of the questions, when the client has ended. */
  finished: Promise<ProbeReport[]>;
  /** Tells the client to stop and resolves as `finished` does, after at most a second for the last answers. */
  stop(): Promise<ProbeReport[]>;
}

const startClient = (options: ProbesOptions): ChildProcess => {
  const [program, ...prefix] = [...options.enter, process.execPath];
  const words = [
    ...options.vips.flatMap((vip) => ['--vip', vip]),
    ...(options.questions ?? []).flatMap((question) => ['--question', JSON.stringify(question)]),
  ];
  if (options.port !== undefined) {
    words.push('--port', String(options.port));
  }
  if (options.intervalMs !== undefined) {
    words.push('--interval-ms', String(options.intervalMs));
  }
  if (options.seconds !== undefined) {
    words.push('--seconds', String(options.seconds));
  }
  return spawn(program ?? process.execPath, [...prefix, clientFile, ...words], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: labPath(), NODE_NO_WARNINGS: '1', KEEPALOFT_LAB: options.labId },
  });
};

const probeFailed = (reason: string, cause?: unknown): LabError =>
  new LabError('probe-failed', `the probing client failed: ${reason}`, {
    remedy: 'check that the lab is up and that the addresses are addresses of it',
    cause,
  });

/** Splits what the client says into readiness, events and the final reports. */
const listen = (child: ChildProcess, options: ProbesOptions) => {
  const ready = Promise.withResolvers<void>();
  const finished = Promise.withResolvers<ProbeReport[]>();
  // Whoever waits for only one of the two must not get an unhandled rejection from the other.
  ready.promise.catch(() => undefined);
  finished.promise.catch(() => undefined);
  const fail = (error: LabError): void => {
    ready.reject(error);
    finished.reject(error);
  };
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString()).slice(0, complaintLengthMax);
  });
  child.on('message', (message) => {
    const parsed = clientMessageSchema.safeParse(message);
    if (!parsed.success) {
      fail(probeFailed('it said something unexpected', parsed.error));
    } else if (parsed.data.kind === 'ready') {
      ready.resolve();
    } else if (parsed.data.kind === 'report') {
      finished.resolve(parsed.data.reports);
    } else {
      options.onEvent?.(parsed.data);
    }
  });
  child.once('error', (cause) => fail(probeFailed(cause.message, cause)));
  child.once('close', () => fail(probeFailed(complaint.trim() || 'it ended without a report')));
  return { ready: ready.promise, finished: finished.promise };
};

/**
 * Starts probing several addresses from one client.
 *
 * @example const probes = startProbes({ enter: network.enter(network.client.namespace), labId, vips: ['172.31.0.201'] });
 */
export const startProbes = (options: ProbesOptions): Probes => {
  const child = startClient(options);
  const { ready, finished } = listen(child, options);
  const stop = (): Promise<ProbeReport[]> => {
    if (child.connected) {
      // A client that ended in this moment has sent its report already.
      child.send({ kind: 'stop' }, () => undefined);
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMsMax);
    return finished.finally(() => clearTimeout(timer));
  };
  return { pid: child.pid ?? 0, ready, finished, stop };
};

export type ProbeOptions = Omit<ProbesOptions, 'vips'> & { vip: string };
export interface Probe {
  pid: number;
  ready: Promise<void>;
  finished: Promise<ProbeReport>;
  stop(): Promise<ProbeReport>;
}

const only = (reports: readonly ProbeReport[]): ProbeReport => {
  const [report] = reports;
  if (report === undefined) {
    throw probeFailed('it sent no report');
  }
  return report;
};

/** The same for one address. */
export const startProbe = ({ vip, ...options }: ProbeOptions): Probe => {
  const probes = startProbes({ ...options, vips: [vip] });
  const finished = probes.finished.then(only);
  finished.catch(() => undefined);
  return { pid: probes.pid, ready: probes.ready, finished, stop: () => probes.stop().then(only) };
};
