/** Goes the whole way to the arbiter step by step: name, TLS, and some signed requests that it must refuse. */
import { lookup } from 'node:dns/promises';
import { Agent } from 'node:https';
import { isIP } from 'node:net';
import { connect, type PeerCertificate } from 'node:tls';
import * as z from 'zod/mini';
import { errorBodySchema } from '../../../core/wire/heartbeat.ts';
import { CLOCK_ERROR_MS_MAX, HEARTBEAT_PATH } from '../../client.ts';
import { messageOf } from '../../errors.ts';
import type { CredentialSource } from '../../host/credentials.ts';
import { roundTrip } from '../../round-trip.ts';
import { createSign } from '../../sign.ts';
import type { ArbiterFacts, Call } from '../facts.ts';

const TIMEOUT_MS = 3000;
const ANSWER_BYTES_MAX = 65_536;
const HTTPS_PORT = 443;
/** Enough to meet one slow answer, few enough to wake nobody. */
const CALLS = 5;
/** No heartbeat, and so refused by any arbiter before it reads or writes anything. */
const NOTHING = '{}';

export interface ArbiterPlace {
  readonly endpoint: string;
  readonly region: string;
  /** PEM, the only authority to trust; undefined: Node's own list. */
  readonly ca: string | undefined;
  readonly credentials: CredentialSource;
  /** Milliseconds since 1970. @default Date.now */
  readonly wallNow?: () => number;
}

const addressesOf = async (host: string): Promise<ArbiterFacts['addresses']> => {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (cause) {
    return { failed: messageOf(cause) };
  }
};

/** Its certificate's issuer as people name it: organisation and name. */
const issuerOf = ({ issuer }: Partial<PeerCertificate>): string =>
  [issuer?.O, issuer?.CN].filter((part) => part !== undefined && part !== '').join(', ') || 'nobody';

/** Looks at the certificate whether it is trusted or not; nothing is sent. */
const tlsOf = (url: URL, ca: string | undefined): Promise<ArbiterFacts['tls']> =>
  new Promise((resolve) => {
    const socket = connect({
      host: url.hostname,
      port: Number(url.port || HTTPS_PORT),
      ...(isIP(url.hostname) === 0 ? { servername: url.hostname } : {}),
      rejectUnauthorized: false,
      ...(ca === undefined ? {} : { ca }),
    });
    const end = (facts: ArbiterFacts['tls']): void => {
      socket.destroy();
      resolve(facts);
    };
    socket.setTimeout(TIMEOUT_MS, () => end({ failed: `no TLS within ${TIMEOUT_MS} ms` }));
    socket.once('error', (error) => end({ failed: messageOf(error) }));
    socket.once('secureConnect', () => {
      const { authorized, authorizationError } = socket;
      const error = authorized ? '' : messageOf(authorizationError);
      end({ authorized, issuer: issuerOf(socket.getPeerCertificate()), error });
    });
  });

/** API Gateway refuses in its own words: `{"message":"Forbidden"}`. */
const gatewaySchema = z.object({ message: z.string() });

const errorIn = (body: Buffer): { code: string; message: string } => {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    // A proxy may answer with a page.
    return { code: '', message: 'not an answer of an arbiter' };
  }
  const own = errorBodySchema.safeParse(json);
  if (own.success) return { code: own.data.error.code, message: own.data.error.message };
  const gateway = gatewaySchema.safeParse(json);
  return gateway.success
    ? { code: gateway.data.message, message: gateway.data.message }
    : { code: '', message: 'not an answer of an arbiter' };
};

const callsOf = async (place: ArbiterPlace): Promise<ArbiterFacts['calls']> => {
  const { endpoint, region, ca, credentials, wallNow = Date.now } = place;
  const url = new URL(`${endpoint.replace(/\/+$/u, '')}${HEARTBEAT_PATH}`);
  try {
    await credentials();
  } catch (cause) {
    return { unsigned: messageOf(cause) };
  }
  const sign = createSign(region, credentials);
  const agent = new Agent({ keepAlive: true, ...(ca === undefined ? {} : { ca }) });
  const calls: Call[] = [];
  let offsetMs = 0;
  const callOnce = async (): Promise<Call> => {
    const headers = await sign(url, NOTHING, new Date(wallNow() + offsetMs));
    const startedMs = performance.now();
    const answer = await roundTrip({
      url,
      options: { method: 'POST', headers, agent },
      body: NOTHING,
      timeoutMs: TIMEOUT_MS,
      answerBytesMax: ANSWER_BYTES_MAX,
    });
    const serverMs = Date.parse(answer.headers.date ?? '');
    return {
      status: answer.status,
      ...errorIn(answer.body),
      roundTripMs: performance.now() - startedMs,
      clockErrorMs: Number.isNaN(serverMs) ? undefined : wallNow() - serverMs,
    };
  };
  try {
    const first = await callOnce();
    const errorMs = first.clockErrorMs ?? 0;
    // As the agent does: a signature of a wrong clock says nothing about rights.
    if (Math.abs(errorMs) > CLOCK_ERROR_MS_MAX) offsetMs = -errorMs;
    else calls.push(first);
    while (calls.length < CALLS) calls.push(await callOnce());
    return calls;
  } catch (cause) {
    return { failed: messageOf(cause) };
  } finally {
    agent.destroy();
  }
};

/** Never throws: what fails is a fact. */
export const lookAtArbiter = async (place: ArbiterPlace): Promise<ArbiterFacts> => {
  const url = new URL(place.endpoint);
  const [addresses, tls] = await Promise.all([addressesOf(url.hostname), tlsOf(url, place.ca)]);
  return { host: url.hostname, addresses, tls, calls: await callsOf(place) };
};
