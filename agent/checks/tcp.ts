/** Check `tcp`: somebody accepts connections at host:port. */
import { connect } from 'node:net';
import type { CheckResult } from '../../core/checks.ts';
import { messageOf } from '../errors.ts';
import { fail, type Probe, pass } from './probe.ts';

const PORT_MAX = 65_535;

/** Reads `host:port` as the configuration's schema allows it. */
export const parseHostPort = (text: string): { host: string; port: number } | undefined => {
  const colon = text.lastIndexOf(':');
  const port = Number(text.slice(colon + 1));
  if (colon <= 0 || !Number.isInteger(port) || port < 1 || port > PORT_MAX) return undefined;
  return { host: text.slice(0, colon), port };
};

/**
 * Passes as soon as the connection stands, and closes it without sending anything.
 * @example createTcpProbe({ tcp: '127.0.0.1:3306' })
 */
export const createTcpProbe =
  ({ tcp }: { readonly tcp: string }): Probe =>
  (signal) =>
    new Promise<CheckResult>((resolve) => {
      const target = parseHostPort(tcp);
      if (target === undefined) {
        resolve(fail(`${tcp} is not host:port`));
        return;
      }
      if (signal.aborted) {
        resolve(fail(`${tcp}: stopped`));
        return;
      }
      const socket = connect({ ...target, noDelay: true });
      const end = (outcome: CheckResult): void => {
        signal.removeEventListener('abort', onAbort);
        socket.destroy();
        resolve(outcome);
      };
      const onAbort = (): void => end(fail(`${tcp}: no answer in time`));
      signal.addEventListener('abort', onAbort, { once: true });
      socket.once('connect', () => end(pass(`${tcp} accepts connections`)));
      socket.once('error', (error) => end(fail(`${tcp}: ${messageOf(error)}`)));
    });
