/** Answers the lab's commands on a unix socket that only its owner can open (the folder is private). */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import { cloudOrderSchema } from '../control/cloud.ts';
import { faultOrderSchema } from '../control/types.ts';
import { readBody } from '../ends/http.ts';
import { LabError } from '../errors.ts';
import type { Lab } from './lab.ts';

const BODY_BYTES_MAX = 65_536;
const healSchema = z.strictObject({ id: z.optional(z.string()) });

type Answer = () => Promise<unknown>;

const errorBody = (cause: unknown): { status: number; body: unknown } => {
  if (cause instanceof LabError)
    return {
      status: 409,
      body: { error: { code: cause.code, message: cause.message, remedy: cause.remedy } },
    };
  if (cause instanceof z.core.$ZodError) {
    return {
      status: 400,
      body: {
        error: {
          code: 'bad-request',
          message: cause.message,
          remedy: 'look at `keepaloft lab fault --help`',
        },
      },
    };
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return {
    status: 500,
    body: { error: { code: 'internal', message, remedy: 'look at `keepaloft lab logs`' } },
  };
};

const routeOf = (
  request: IncomingMessage,
  text: string,
  lab: Lab,
  down: () => Promise<void>,
): Answer | undefined => {
  const url = new URL(request.url ?? '/', 'http://lab');
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /info':
      return () => Promise.resolve(lab.info());
    case 'GET /status':
      return () => lab.status();
    case 'GET /journal':
      return () => Promise.resolve(lab.journal.page(Number(url.searchParams.get('from') ?? 0) || 0));
    case 'POST /fault':
      return async () => lab.faults.apply(faultOrderSchema.parse(JSON.parse(text)));
    case 'POST /heal':
      return async () => ({
        healed: await lab.faults.heal(healSchema.parse(JSON.parse(text === '' ? '{}' : text)).id),
      });
    case 'GET /alarms':
      return () => Promise.resolve(lab.services.alarms());
    case 'POST /cloud':
      return async () => lab.services.perform(cloudOrderSchema.parse(JSON.parse(text)));
    case 'POST /down':
      return async () => {
        await down();
        return {};
      };
    default:
      return undefined;
  }
};

const handle = async (
  request: IncomingMessage,
  response: ServerResponse,
  lab: Lab,
  down: () => Promise<void>,
): Promise<void> => {
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  try {
    const text = (await readBody(request, BODY_BYTES_MAX)).toString('utf8');
    const answer = routeOf(request, text, lab, down);
    if (answer === undefined)
      send(404, {
        error: {
          code: 'not-found',
          message: 'no such request',
          remedy: 'use the command of the same version',
        },
      });
    else send(200, await answer());
  } catch (cause) {
    const { status, body } = errorBody(cause);
    send(status, body);
  }
};

/** @param down ends the lab; the answer to it is sent before the process exits */
export const serveControl = (lab: Lab, socketPath: string, down: () => Promise<void>): Promise<Server> => {
  const server = createServer((request, response) => void handle(request, response, lab, down));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, () => resolve(server));
  });
};
