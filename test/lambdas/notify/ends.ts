/**
 * Small servers on loopback that speak as Slack, DingTalk, SNS and Secrets Manager do: the parts of their protocols that
 * a notifier meets. DingTalk checks its signature, and answers its refusals with 200, as it really does.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export interface End {
  /** Without a path. */
  readonly url: string;
  readonly received: Received[];
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string;
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return String(Buffer.concat(chunks));
};

const listen = async (reply: (received: Received) => Reply): Promise<End> => {
  const received: Received[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const one = { path: request.url ?? '', headers: request.headers, body: await bodyOf(request) };
    received.push(one);
    const { status, headers = {}, body } = reply(one);
    response.writeHead(status, headers).end(body);
  };
  const server: Server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** @param replies what it answers, one after the other; then `ok` */
export const slackEnd = (replies: Reply[] = []): Promise<End> =>
  listen(() => replies.shift() ?? { status: 200, body: 'ok' });

const HOUR_MS = 3_600_000;

const isSigned = (url: URL, secret: string): boolean => {
  const timestamp = url.searchParams.get('timestamp') ?? '';
  const given = Buffer.from(url.searchParams.get('sign') ?? '');
  const mine = Buffer.from(createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64'));
  const isFresh = Math.abs(Date.now() - Number(timestamp)) < HOUR_MS;
  return isFresh && mine.length === given.length && timingSafeEqual(mine, given);
};

/** @param errors what it answers before it takes anything, each with status 200 */
export const dingTalkEnd = (token: string, secretOf: () => string, errors: object[] = []): Promise<End> =>
  listen(({ path }) => {
    const url = new URL(path, 'http://robot');
    const json = (body: object): Reply => ({ status: 200, body: JSON.stringify(body) });
    if (url.searchParams.get('access_token') !== token)
      return json({ errcode: 300_001, errmsg: 'token is not exist' });
    if (!isSigned(url, secretOf())) return json({ errcode: 310_000, errmsg: 'sign not match' });
    return json(errors.shift() ?? { errcode: 0, errmsg: 'ok' });
  });

/** SNS's `Publish`, in its query protocol. */
export const snsEnd = (replies: Reply[] = []): Promise<End> =>
  listen(
    () =>
      replies.shift() ?? {
        status: 200,
        headers: { 'content-type': 'text/xml' },
        body: '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></PublishResponse>',
      },
  );

/** Secrets Manager's `GetSecretValue`. */
export const secretsEnd = (secretOf: (arn: string) => string | undefined): Promise<End> =>
  listen(({ body }) => {
    const { SecretId } = JSON.parse(body) as { SecretId: string };
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    const SecretString = secretOf(SecretId);
    if (SecretString !== undefined)
      return { status: 200, headers, body: JSON.stringify({ ARN: SecretId, SecretString }) };
    return {
      status: 400,
      headers,
      body: JSON.stringify({ __type: 'ResourceNotFoundException', Message: 'no such secret' }),
    };
  });
