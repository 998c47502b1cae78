// Proves, against servers that speak their protocols, that SNS, Slack and DingTalk are told what has happened; what is
// tried again and what is not; that DingTalk's refusal under 200 fails; and that no address and no key gets into a log line.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseNotifyEnvironment } from '../../../lambdas/notify/environment.ts';
import { createHandler, createSend } from '../../../lambdas/notify/handler.ts';
import { dingTalkEnd, type End, secretsEnd, slackEnd, snsEnd } from './ends.ts';
import { published } from './happenings.ts';

const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:chat-AbCdEf';
const TOPIC_ARN = 'arn:aws:sns:us-east-1:111122223333:pager';
const TOKEN = 'tokentokentoken';
const KEY = 'SECkeykeykey';

let ends: End[];
let lines: string[];
let secrets: Record<string, string>;
let secretsServer: End;

const opened = async (end: Promise<End>): Promise<End> => {
  const one = await end;
  ends.push(one);
  return one;
};

beforeEach(async () => {
  ends = [];
  lines = [];
  secrets = {};
  secretsServer = await opened(secretsEnd((arn) => secrets[arn]));
  for (const [name, value] of Object.entries({
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsServer.url,
  })) {
    vi.stubEnv(name, value);
  }
  for (const method of ['log', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => void lines.push(line));
  }
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await Promise.all(ends.map((end) => end.close()));
});

const handlerOf = (environment: Record<string, string>) =>
  createHandler(() => createSend(parseNotifyEnvironment(environment)));
const SLACK = { CHANNEL: 'slack', SECRET_ARN };
const DINGTALK = { CHANNEL: 'dingtalk', SECRET_ARN, TIME_ZONE: 'Asia/Shanghai' };

describe('SNS', () => {
  it('is told with subject, facts, and attributes to filter by', async () => {
    const sns = await opened(snsEnd());
    vi.stubEnv('AWS_ENDPOINT_URL_SNS', sns.url);
    await handlerOf({ CHANNEL: 'sns', TOPIC_ARN })(published());
    expect(sns.received).toHaveLength(1);
    const sent = new URLSearchParams(sns.received[0]?.body);
    expect(sent.get('Action')).toBe('Publish');
    expect(sent.get('TopicArn')).toBe(TOPIC_ARN);
    expect(sent.get('Subject')).toMatch(/^\[keepaloft\] mysql MASTER i-0a.*->i-0b.* silence 4\.8s$/u);
    expect(sent.get('Message')).toContain('VIPs: 172.31.0.201\n');
    expect(sent.get('MessageAttributes.entry.1.Value.StringValue')).toBe('Group State Change');
    expect(lines).toEqual(['{"level":"INFO","message":"told","events":1}']);
  });

  it('fails when it refuses, so that the event comes again', async () => {
    const denied =
      '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>not allowed</Message></Error><RequestId>r</RequestId></ErrorResponse>';
    const sns = await opened(
      snsEnd([{ status: 403, headers: { 'content-type': 'text/xml' }, body: denied }]),
    );
    vi.stubEnv('AWS_ENDPOINT_URL_SNS', sns.url);
    await expect(handlerOf({ CHANNEL: 'sns', TOPIC_ARN })(published())).rejects.toThrow(
      /SNS did not take the message: .*Authorization/u,
    );
  });
});

describe('Slack', () => {
  const start = async (...replies: Parameters<typeof slackEnd>): Promise<End> => {
    const slack = await opened(slackEnd(...replies));
    secrets[SECRET_ARN] = JSON.stringify({ url: `${slack.url}/services/T0/B0/${TOKEN}` });
    return slack;
  };

  it('is told at the address that is in the secret, which is read once', async () => {
    const slack = await start();
    const handler = handlerOf(SLACK);
    await handler(published());
    await handler(published({ group: 'redis' }));
    expect(slack.received.map(({ path }) => path)).toEqual([
      `/services/T0/B0/${TOKEN}`,
      `/services/T0/B0/${TOKEN}`,
    ]);
    expect(JSON.parse(slack.received[1]?.body ?? '')).toMatchObject({
      blocks: [{ text: { text: 'redis: MASTER' } }, {}],
    });
    expect(secretsServer.received).toHaveLength(1);
  });

  it('is asked again when it has no time', async () => {
    const slack = await start([
      { status: 429, headers: { 'retry-after': '0' }, body: 'rate_limited' },
      { status: 503, headers: { 'retry-after': '0' }, body: '' },
    ]);
    await handlerOf(SLACK)(published());
    expect(slack.received).toHaveLength(3);
  });

  it('is not asked again when it wants nothing of it, nor waited for longer than a function may', async () => {
    const gone = await start([{ status: 404, body: 'no_service' }]);
    await expect(handlerOf(SLACK)(published())).rejects.toThrow(
      'Slack did not take the message: 404 no_service',
    );
    expect(gone.received).toHaveLength(1);
    const busy = await start([{ status: 429, headers: { 'retry-after': '60' }, body: '' }]);
    await expect(handlerOf(SLACK)(published())).rejects.toThrow('429');
    expect(busy.received).toHaveLength(1);
  });

  it('is found at its new address once the old one has failed', async () => {
    await start([{ status: 404, body: 'no_service' }]);
    const handler = handlerOf(SLACK);
    await expect(handler(published())).rejects.toThrow('no_service');
    const renewed = await start();
    await handler(published());
    expect(renewed.received).toHaveLength(1);
  });
});

describe('DingTalk', () => {
  const start = async (errors: object[] = [], key: () => string = () => KEY): Promise<End> => {
    const robot = await opened(dingTalkEnd(TOKEN, key, errors));
    const url = `${robot.url}/robot/send?access_token=${TOKEN}`;
    secrets[SECRET_ARN] = JSON.stringify({ url, secret: KEY });
    return robot;
  };

  it('takes the signed message', async () => {
    const robot = await start();
    await handlerOf(DINGTALK)(published());
    expect(JSON.parse(robot.received[0]?.body ?? '')).toMatchObject({
      msgtype: 'markdown',
    });
    expect(robot.received[0]?.body).toContain('**报警时间**: 2026-11-28 16:14:05 Asia/Shanghai');
  });

  it('is told once of all that a queue has brought', async () => {
    const robot = await start();
    const Records = Array.from({ length: 60 }, (_, index) => ({
      body: JSON.stringify(published({ group: `g${index}` })),
    }));
    await handlerOf(DINGTALK)({ Records });
    expect(robot.received).toHaveLength(1);
    expect(lines).toEqual(['{"level":"INFO","message":"told","events":60}']);
  });

  it('has failed when it answers 200 with an errcode, so that the messages come again', async () => {
    const robot = await start([{ errcode: 130_101, errmsg: 'send too fast, exceed 20 times per minute' }]);
    const handler = handlerOf(DINGTALK);
    await expect(handler(published())).rejects.toThrow('errcode 130101 send too fast');
    await handler(published());
    expect(robot.received).toHaveLength(2);
  });

  it('has failed when the signature does not fit, and the key is read anew', async () => {
    let key = 'SECother';
    await start([], () => key);
    const handler = handlerOf(DINGTALK);
    await expect(handler(published())).rejects.toThrow('errcode 310000 sign not match');
    key = KEY;
    await handler(published());
    expect(secretsServer.received).toHaveLength(2);
  });
});

describe('what is wrong with the deployment', () => {
  it.each<[string, string | undefined, string]>([
    ['no secret', undefined, 'cannot be read (ResourceNotFoundException)'],
    ['a secret that is no JSON', `SEC ${TOKEN}`, 'is not JSON'],
    [
      'a secret of another shape',
      JSON.stringify({ url: `ftp://${TOKEN}/`, secret: KEY }),
      'is not as documented: url (custom)',
    ],
  ])('is told with its remedy: %s', async (_, secret, reason) => {
    if (secret !== undefined) secrets[SECRET_ARN] = secret;
    await expect(handlerOf(DINGTALK)(published())).rejects.toThrow(reason);
    expect(lines.join('\n')).not.toMatch(new RegExp(`${TOKEN}|${KEY}`, 'u'));
  });

  it.each([
    [{}, 'CHANNEL'],
    [{ CHANNEL: 'slack' }, 'SECRET_ARN'],
    [{ CHANNEL: 'sns', TOPIC_ARN: 'pager' }, 'TOPIC_ARN'],
    [{ CHANNEL: 'dingtalk', SECRET_ARN, TIME_ZONE: 'Nowhere/At All' }, 'TIME_ZONE'],
  ])('names the variable: %j', async (environment, name) => {
    await expect(handlerOf(environment as Record<string, string>)(published())).rejects.toThrow(name);
  });
});

describe('the log', () => {
  it('has no address and no key in it, whatever goes wrong', async () => {
    const robot = await opened(dingTalkEnd('other', () => KEY));
    const gone = await slackEnd();
    await gone.close();
    secrets[SECRET_ARN] = JSON.stringify({
      url: `${robot.url}/robot/send?access_token=${TOKEN}`,
      secret: KEY,
    });
    await expect(handlerOf(DINGTALK)(published())).rejects.toThrow('errcode 300001');
    secrets[SECRET_ARN] = JSON.stringify({
      url: `${gone.url}/robot/send?access_token=${TOKEN}`,
      secret: KEY,
    });
    await expect(handlerOf(DINGTALK)(published())).rejects.toThrow('ECONNREFUSED');
    expect(lines).toHaveLength(2);
    expect(lines.join('\n')).not.toMatch(new RegExp(`${TOKEN}|${KEY}`, 'u'));
  });
});
