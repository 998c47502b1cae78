/** Plays one story in a process of its own and waits for what it tells. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LAB_REGION } from '../../lab/ends/credentials.ts';
import { BenchError } from '../errors.ts';
import type { MeasureContext } from '../section.ts';
import { type Message, messageSchema, type Order } from './messages.ts';

/** On a quiet machine one takes two minutes. */
const STORY_MS_MAX = 40 * 60_000;
const RUNNER = fileURLToPath(new URL('runner.ts', import.meta.url));

type Told = Exclude<Message, { kind: 'progress' | 'failed' }>;

/** What Lambda sets, and DynamoDB's place. Where EC2 is belongs to the story; one without EC2 must not call it. */
const envOf = (endpoint: string): Record<string, string> => ({
  TABLE_NAME: 'keepaloft',
  LOG_LEVEL: 'INFO',
  TZ: ':UTC',
  AWS_REGION: LAB_REGION,
  AWS_LAMBDA_FUNCTION_NAME: 'keepaloft-heartbeat',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  AWS_ENDPOINT_URL_EC2: 'http://127.0.0.1:9',
  NODE_NO_WARNINGS: '1',
});

/** @throws BenchError when the story fails or its process ends, or the signal's reason */
export const playStory = (
  order: Order,
  { signal, progress }: Pick<MeasureContext, 'signal' | 'progress'>,
): Promise<Told> => {
  const child = fork(RUNNER, [JSON.stringify(order)], {
    env: envOf(order.endpoint),
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<Told>();
  const timer = setTimeout(() => reject(new BenchError('the story does not end')), STORY_MS_MAX);
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  child.on('message', (raw) => {
    const message = messageSchema.parse(raw);
    if (message.kind === 'progress') progress(message.line);
    else if (message.kind === 'failed') reject(new BenchError(message.message));
    else resolve(message);
  });
  child.once('error', reject);
  child.once('exit', (code, by) => reject(new BenchError(`the story's process ended with ${by ?? code}`)));
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
  });
};
