/** Check `ping`: an address answers echo requests, or enough of them. No program is started, and nothing latches. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentError, messageOf } from '../errors.ts';
import { defaultGateway } from '../host/addresses.ts';
import { openPingSocket, type PingSocket } from '../host/icmp.ts';
import { fail, type Probe, pass } from './probe.ts';

export interface PingCheck {
  /** An IPv4 address, or `gateway`: that of the default route, as it is when the check runs. */
  readonly ping: string;
  /** Requests in a run. */
  readonly count: number;
  /** Per cent without an answer from which on the run has failed. */
  readonly loss: number;
  /** Milliseconds. */
  readonly timeout: number;
}

/** What the host gives; replaced in tests. */
export interface PingDeps {
  readonly gateway: () => string;
  readonly open: (address: string, id: number) => Promise<PingSocket>;
}

const HOST: PingDeps = { gateway: defaultGateway, open: openPingSocket };

/** Of the time limit: in this part of it the requests leave, evenly, and after that one nothing is waited for. */
const SENDING_SHARE = 0.5;
const WAITING_SHARE = 0.9;
/** How often replies are looked for, milliseconds. */
const LOOK_MS = 20;
const LOOK_MS_MIN = 2;
const IDS = 65_536;

/** How many of the requests were answered in time. It ends as soon as all were. */
const answeredBy = async (
  socket: PingSocket,
  { count, timeout }: PingCheck,
  signal: AbortSignal,
): Promise<number> => {
  const startedAt = performance.now();
  const spacingMs = (timeout * SENDING_SHARE) / count;
  const answered = new Set<number>();
  let sent = 0;
  for (;;) {
    const elapsedMs = performance.now() - startedAt;
    for (; sent < count && sent * spacingMs <= elapsedMs; sent += 1) socket.send(sent);
    for (const sequence of socket.replies()) if (sequence < sent) answered.add(sequence);
    if (answered.size === count || elapsedMs >= timeout * WAITING_SHARE || signal.aborted)
      return answered.size;
    const dueMs = sent < count ? sent * spacingMs - elapsedMs : LOOK_MS;
    await sleep(Math.max(LOOK_MS_MIN, Math.min(LOOK_MS, dueMs)));
  }
};

const PER_CENT = 100;

/** The cause with its remedy: whoever reads of the failed check has nothing else to go by. */
const reasonOf = (error: unknown): string =>
  error instanceof AgentError ? `${error.message}: ${error.remedy}` : messageOf(error);

/**
 * Passes while less than `loss` per cent of the requests stay without an answer.
 * @example createPingProbe({ ping: 'gateway', count: 10, loss: 80, timeout: 1000 })
 */
export const createPingProbe = (check: PingCheck, deps: PingDeps = HOST): Probe => {
  const { ping, count, loss } = check;
  return async (signal) => {
    let socket: PingSocket | undefined;
    try {
      const address = ping === 'gateway' ? deps.gateway() : ping;
      socket = await deps.open(address, randomInt(IDS));
      const answered = await answeredBy(socket, check, signal);
      const lost = ((count - answered) * PER_CENT) / count;
      const detail = `${address}: ${answered} of ${count} answered, ${Math.round(lost)} % lost`;
      return lost < loss ? pass(detail) : fail(detail);
    } catch (error) {
      return fail(reasonOf(error));
    } finally {
      socket?.close();
    }
  };
};
