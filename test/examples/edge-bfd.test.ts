// Proves that the edge example tells its story to the end, that its hook is called as keepalived would call it, and that the shipped notifier makes of
// what the arbiter published in it the message that the guide's script sends: taken by an end that speaks as DingTalk's robot does.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { journalFrom } from '../../lab/control/client.ts';
import { launchLab } from '../../lab/control/launch.ts';
import { loadScenario } from '../../lab/scenario/file.ts';
import { playScenario } from '../../lab/scenario/player.ts';
import { stageOf } from '../../lab/scenario/stage.ts';
import { dingTalkEnd, secretsEnd } from '../lambdas/notify/ends.ts';

const SCENARIO = fileURLToPath(new URL('../../examples/edge-bfd/scenario.yaml', import.meta.url));
const NOTIFIER = new URL('../../dist/lambdas/notify/index.mjs', import.meta.url);
const SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:robot-AbCdEf';
const TOKEN = 'tokentokentoken';
const KEY = 'SECkeykeykey';

const hookSchema = z.object({ hook: z.string(), lastLine: z.string() });
const messageSchema = z.object({ msgtype: z.literal('markdown'), markdown: z.object({ text: z.string() }) });
const notifierSchema = z.object({ handler: z.custom<(event: unknown) => Promise<void>>() });

/** Plays the example. @returns how it went, and all that the lab noted */
const play = async () => {
  const { scenario, config } = loadScenario(SCENARIO);
  const folder = mkdtempSync(join(tmpdir(), 'keepaloft-examples-'));
  const path = join(folder, 'keepaloft.yaml');
  writeFileSync(path, config ?? '');
  const info = await launchLab({ config: path }).finally(() => rmSync(folder, { recursive: true }));
  const stage = stageOf(info);
  try {
    const result = await playScenario(scenario, stage);
    return { result, entries: (await journalFrom(stage.client)).entries };
  } finally {
    await stage.client.down();
  }
};

/** What the robot was told of these events, as the queue hands them to the notifier. */
const told = async (events: readonly object[]): Promise<string> => {
  const secret = { url: '', secret: KEY };
  const robot = await dingTalkEnd(TOKEN, () => KEY);
  const secrets = await secretsEnd(() => JSON.stringify(secret));
  secret.url = `${robot.url}/robot/send?access_token=${TOKEN}`;
  for (const [name, value] of Object.entries({
    CHANNEL: 'dingtalk',
    SECRET_ARN,
    TIME_ZONE: 'Asia/Shanghai',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
  }))
    vi.stubEnv(name, value);
  try {
    const { handler } = notifierSchema.parse(await import(pathToFileURL(fileURLToPath(NOTIFIER)).href));
    await handler({ Records: events.map((event) => ({ body: JSON.stringify(event) })) });
    expect(robot.received).toHaveLength(1);
    return messageSchema.parse(JSON.parse(robot.received[0]?.body ?? '')).markdown.text;
  } finally {
    await Promise.all([robot.close(), secrets.close()]);
  }
};

afterEach(() => vi.unstubAllEnvs());

it('edge-bfd tells its story to the end, to its hook and to DingTalk', { retry: 1 }, async () => {
  const { result, entries } = await play();
  expect(result.steps.filter(({ ok }) => !ok)).toEqual([]);
  const called = entries.flatMap((entry) => {
    const { success, data } = hookSchema.safeParse(entry['fields']);
    return entry.kind === 'agent' && success ? [`${String(entry['host'])} ${data.lastLine}`] : [];
  });
  expect(called).toContain('host1 change-state INSTANCE edge MASTER 100');
  expect(called).toContain('host2 change-state INSTANCE edge MASTER 90');
  const events = entries
    .filter(({ kind, source }) => kind === 'event' && source === 'keepaloft')
    .map(({ at, detailType, detail, source }) => ({
      source,
      'detail-type': detailType,
      detail,
      time: new Date(at).toISOString(),
      region: 'us-east-1',
    }));
  const text = await told(events);
  for (const field of ['报警类别', '报警机器', '报警服务', '报警内容', '报警时间'])
    expect(text).toContain(`**${field}**`);
  expect(text).toContain('edge 172.31.0.219');
});
