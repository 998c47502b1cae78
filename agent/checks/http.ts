/** Check `http`: a URL answers with a good status. */

import { messageOf } from '../errors.ts';
import { roundTrip } from '../round-trip.ts';
import { fail, type Probe, pass } from './probe.ts';

/** A health page is small; one that is not is answered too slowly to be worth waiting for. */
const ANSWER_BYTES_MAX = 1_048_576;

export interface HttpCheck {
  readonly http: string;
  /** The only status that passes. @default any 2xx */
  readonly status?: number | undefined;
  readonly timeout: number;
}

/**
 * Passes on the wanted status. Each run is a new connection, for a service that has stopped accepting must be
 * noticed; redirects are an answer like any other and are not followed. The certificate of an https URL is not
 * verified: the question is whether this host serves, and at 127.0.0.1 no public certificate would match.
 */
export const createHttpProbe = ({ http, status: wanted, timeout }: HttpCheck): Probe => {
  const url = new URL(http);
  return async (signal) => {
    try {
      const { status } = await roundTrip({
        url,
        options: {
          method: 'GET',
          agent: false,
          rejectUnauthorized: false,
          headers: { 'user-agent': 'keepaloft-check', connection: 'close' },
        },
        timeoutMs: timeout,
        answerBytesMax: ANSWER_BYTES_MAX,
        signal,
      });
      const good = wanted === undefined ? status >= 200 && status < 300 : status === wanted;
      return good ? pass(`status ${status}`) : fail(`status ${status}, wanted ${wanted ?? '2xx'}`);
    } catch (error) {
      return fail(signal.aborted ? `${url.host}: no answer in time` : messageOf(error));
    }
  };
};
