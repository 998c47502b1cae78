/** Asks the arbiter what this host is to run: one signed request, one answer that its schema knows, or the reason. */
import { ENROL_PATH, type EnrolResponse, enrolResponseSchema } from '../../core/wire/enrol.ts';
import { createSigningClock, parseJson, refusalOf } from '../client.ts';
import { AgentError, messageOf } from '../errors.ts';
import type { CredentialSource } from '../host/credentials.ts';
import type { Log } from '../log.ts';
import { type Answer, roundTrip } from '../round-trip.ts';
import { createSign } from '../sign.ts';

/** The arbiter answers within 10 s, EC2's own time included. */
const TIMEOUT_MS = 15_000;
/** 32 groups with 16 checks each, and room. */
const ANSWER_BYTES_MAX = 1_048_576;

export interface AskOptions {
  /** For example https://abc123.execute-api.us-east-1.amazonaws.com; a stage may follow as a path. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: CredentialSource;
  /** PEM, the only authority to trust. @default Node's own list */
  readonly ca?: string | undefined;
  /** This instance. */
  readonly node: string;
  /** The agent's version. */
  readonly version: string;
  readonly log: Pick<Log, 'warn'>;
  /** Wall clock for signing, milliseconds since 1970. @default Date.now */
  readonly wallNow?: () => number;
}

/** The arbiter did not say what this host is to run. `code` is the arbiter's own where it answered. */
export class EnrolError extends AgentError {
  override readonly name = 'EnrolError';
}

const REMEDY: Readonly<Record<string, string>> = {
  NotEnrolled: 'the message says how; then ask again',
  NodeMismatch: "use the instance's own role, and one that the deployment knows as a member's",
  Forbidden:
    "let the instance's role invoke POST /v1/enroll (a deployment does so with `memberRoles` or `role`)",
  NotFound: 'check the endpoint: this API has no POST /v1/enroll, an older arbiter perhaps',
};
const REMEDY_ELSE = "look at the arbiter's log for the request, or ask again later";

const unreachable = (endpoint: string, cause: unknown): EnrolError =>
  new EnrolError('unreachable', `${endpoint} does not answer: ${messageOf(cause)}`, {
    remedy: 'check the endpoint, and the way there: NAT, a proxy, or IPv6 with an egress-only gateway',
    cause,
  });

const responseOf = ({ status, body }: Answer): EnrolResponse => {
  const json = parseJson(body);
  if (status !== 200) {
    const { code, message } = refusalOf(status, json);
    throw new EnrolError(code, `the arbiter refuses (${code}): ${message}`, {
      remedy: REMEDY[code] ?? REMEDY_ELSE,
    });
  }
  const parsed = enrolResponseSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new EnrolError('unexpected', 'the answer is no configuration', {
    remedy: 'check the endpoint: something else answers there',
    cause: parsed.error,
  });
};

/**
 * A source of configurations. The signing clock is learned from a refusal and the request sent again, once.
 * @returns an `ask` that throws EnrolError; ImdsError while there are no credentials
 */
export const createAsk = (options: AskOptions): (() => Promise<EnrolResponse>) => {
  const { endpoint, region, credentials, ca, node, version, log, wallNow = Date.now } = options;
  const url = new URL(`${endpoint.replace(/\/+$/, '')}${ENROL_PATH}`);
  const sign = createSign(region, credentials);
  const clock = createSigningClock(wallNow, log);
  const body = JSON.stringify({ v: 1, node, agent: version });
  const send = async (): Promise<{ answer: Answer; clockCorrected: boolean }> => {
    const headers = await sign(url, body, clock.date());
    try {
      const answer = await roundTrip({
        url,
        options: { method: 'POST', headers, agent: false, ...(ca === undefined ? {} : { ca }) },
        body,
        timeoutMs: TIMEOUT_MS,
        answerBytesMax: ANSWER_BYTES_MAX,
      });
      return { answer, clockCorrected: clock.learn(answer.headers) };
    } catch (cause) {
      throw unreachable(endpoint, cause);
    }
  };
  return async () => {
    const first = await send();
    const { answer } = first.answer.status === 403 && first.clockCorrected ? await send() : first;
    return responseOf(answer);
  };
};
