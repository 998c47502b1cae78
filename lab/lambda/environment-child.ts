/**
 * The inside of one Lambda execution environment: loads the bundled function once, then runs its handler for one
 * event at a time. It knows the function only by the environment variables that Lambda sets.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';
import * as z from 'zod/mini';
import { shiftWallClock } from '../wall-clock/shift.ts';
import {
  describeError,
  type EnvironmentMessage,
  type InvokeMessage,
  orderMessageSchema,
} from './invocation.ts';

const settingsSchema = z.object({
  LAMBDA_TASK_ROOT: z.string(),
  _HANDLER: z.string().check(z.regex(/^[^.]+\.[^.]+$/)),
  AWS_LAMBDA_FUNCTION_NAME: z.string(),
  AWS_LAMBDA_FUNCTION_VERSION: z.string(),
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: z.string(),
  AWS_LAMBDA_LOG_GROUP_NAME: z.string(),
  AWS_LAMBDA_LOG_STREAM_NAME: z.string(),
  KEEPALOFT_LAB_FUNCTION_ARN: z.string(),
});
const settings = settingsSchema.parse(process.env);

type Handler = (event: unknown, context: object) => unknown;
const isHandler = (value: unknown): value is Handler => typeof value === 'function';

let currentRequestId = '';

const say = (message: EnvironmentMessage): void => {
  process.send?.(message);
};

/** Lambda writes the text of console.* with time, request id and level in front, tabs between. */
function patchConsole(): void {
  const levels = { debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' } as const;
  for (const [method, level] of Object.entries(levels))
    Reflect.set(console, method, (...parts: unknown[]) => {
      const text = format(...parts).replaceAll('\n', '\r');
      process.stdout.write(`${new Date().toISOString()}\t${currentRequestId}\t${level}\t${text}\n`);
    });
}

async function loadHandler(): Promise<Handler> {
  const [moduleName = '', exportName = ''] = settings._HANDLER.split('.');
  const file = ['.mjs', '.js', '.cjs', '.ts']
    .map((ending) => join(settings.LAMBDA_TASK_ROOT, moduleName + ending))
    .find((path) => existsSync(path));
  if (file === undefined) throw new Error(`Cannot find module '${moduleName}'`);
  const loaded: unknown = await import(pathToFileURL(file).href);
  const handler: unknown = Reflect.get(Object(loaded), exportName);
  if (!isHandler(handler)) throw new Error(`${settings._HANDLER} is undefined or not exported`);
  return handler;
}

const contextOf = (message: InvokeMessage): object => ({
  awsRequestId: message.requestId,
  callbackWaitsForEmptyEventLoop: true,
  functionName: settings.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: settings.AWS_LAMBDA_FUNCTION_VERSION,
  invokedFunctionArn: settings.KEEPALOFT_LAB_FUNCTION_ARN,
  memoryLimitInMB: settings.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: settings.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: settings.AWS_LAMBDA_LOG_STREAM_NAME,
  getRemainingTimeInMillis: () => Math.max(0, message.deadlineMs - Date.now()),
});

async function run(handler: Handler, message: InvokeMessage): Promise<void> {
  const { requestId } = message;
  currentRequestId = requestId;
  process.env['_X_AMZN_TRACE_ID'] = `Root=1-${requestId.replaceAll('-', '').slice(0, 32)};Sampled=0`;
  try {
    const result = await handler(JSON.parse(message.event), contextOf(message));
    say({ type: 'result', requestId, payload: JSON.stringify(result) ?? 'null' });
  } catch (error) {
    say({ type: 'failed', requestId, error: describeError(error) });
  }
}

// The service that started this environment is gone, so nobody will ever invoke it again.
process.on('disconnect', () => process.exit(0));
patchConsole();
try {
  const handler = await loadHandler();
  process.on('message', (raw) => {
    const order = orderMessageSchema.parse(raw);
    if (order.type === 'clock') shiftWallClock(order.offsetMs);
    else void run(handler, order);
  });
  say({ type: 'ready' });
} catch (error) {
  say({ type: 'init-failed', error: describeError(error) });
}
