/** Asks the instance metadata service, and finds out in which way it does not answer. */
import { messageOf } from '../../errors.ts';
import { createImds, IMDS_ENDPOINT } from '../../host/imds.ts';
import { type Answer, roundTrip } from '../../round-trip.ts';
import type { MetadataFacts } from '../facts.ts';

const TIMEOUT_MS = 1000;
/** The second time it is waited this much longer: a busy host loses an answer without anybody being behind a hop. */
const PATIENCE = 3;
const ANSWER_BYTES_MAX = 65_536;
const TOKEN_TTL_S = 60;

const ask = (
  endpoint: string,
  method: 'GET' | 'PUT',
  path: string,
  headers: Record<string, string>,
  timeoutMs: number,
): Promise<Answer> =>
  roundTrip({
    url: new URL(`${endpoint}/latest/${path}`),
    options: { method, headers },
    timeoutMs,
    answerBytesMax: ANSWER_BYTES_MAX,
  });

/** The answer to a request for a token has a bounded number of hops; all other answers come from any distance. */
const whyNoToken = async (endpoint: string, cause: unknown, timeoutMs: number): Promise<MetadataFacts> => {
  const message = messageOf(cause);
  try {
    await ask(endpoint, 'GET', 'meta-data/', {}, timeoutMs);
    return { kind: 'token-lost', message };
  } catch {
    return { kind: 'unreachable', message };
  }
};

const askForToken = async (endpoint: string, timeoutMs: number): Promise<Answer> => {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_TTL_S), 'content-length': '0' };
  const once = (patienceMs: number): Promise<Answer> =>
    ask(endpoint, 'PUT', 'api/token', headers, patienceMs);
  try {
    return await once(timeoutMs);
  } catch {
    return once(PATIENCE * timeoutMs);
  }
};

/** @param endpoint another one than EC2's, for tests */
export const lookAtMetadata = async (
  endpoint: string = IMDS_ENDPOINT,
  timeoutMs: number = TIMEOUT_MS,
): Promise<MetadataFacts> => {
  let answer: Answer;
  try {
    answer = await askForToken(endpoint, timeoutMs);
  } catch (cause) {
    return whyNoToken(endpoint, cause, timeoutMs);
  }
  if (answer.status !== 200) return { kind: 'refused', status: answer.status };
  const token = answer.body.toString('latin1').trim();
  const lines = async (path: string): Promise<string[]> => {
    const { status, body } = await ask(
      endpoint,
      'GET',
      path,
      { 'x-aws-ec2-metadata-token': token },
      timeoutMs,
    );
    return status === 200 ? body.toString('utf8').trim().split('\n') : [];
  };
  const line = async (path: string): Promise<string | undefined> => (await lines(path))[0];
  const imds = createImds(endpoint, timeoutMs);
  try {
    const { instanceId, address, mac } = await imds.identity();
    return {
      kind: 'answers',
      instanceId,
      address,
      cidr: await line(`meta-data/network/interfaces/macs/${mac}/subnet-ipv4-cidr-block`),
      localIpv4s: await imds.localIpv4s(),
      ipv6s: await imds.ipv6s(),
      ipv6Cidrs: await lines(`meta-data/network/interfaces/macs/${mac}/subnet-ipv6-cidr-blocks`),
      role: await line('meta-data/iam/security-credentials/'),
    };
  } catch (cause) {
    return { kind: 'unreachable', message: messageOf(cause) };
  } finally {
    imds.close();
  }
};
