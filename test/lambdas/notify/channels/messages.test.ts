// Proves what Slack and DingTalk are sent: the shape that each takes, within its limits, with nothing that somebody else
// has written read as markup; and DingTalk's signature, recomputed from its documentation's formula.
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  dingTalkMessage,
  dingTalkSecretSchema,
  signedUrl,
} from '../../../../lambdas/notify/channels/dingtalk.ts';
import { slackMessage, slackSecretSchema } from '../../../../lambdas/notify/channels/slack.ts';
import { nodeA, nodeB } from '../../fixtures.ts';
import { happening, storm } from '../happenings.ts';

const LINK =
  'https://ap-southeast-1.console.aws.amazon.com/cloudwatch/home#dashboards/dashboard/Keepaloft-Arbiter';
const EVIL = '<!channel> *bold* [x](http://evil.example)\n# head';
const plain = (text: string) => ({ type: 'plain_text', text });

describe('Slack', () => {
  it('is sent a header, four fields and a link, and what a telephone shows', () => {
    expect(slackMessage(happening(), LINK)).toEqual({
      text: `[keepaloft] mysql MASTER ${nodeA}->${nodeB} silence 4.8s`,
      blocks: [
        { type: 'header', text: plain('mysql: MASTER') },
        {
          type: 'section',
          fields: [
            plain('Group: mysql'),
            plain(`Change: ${nodeA}->${nodeB}`),
            plain('Reason: silence'),
            plain('Dark for: 4.8s'),
          ],
        },
        { type: 'actions', elements: [{ type: 'button', text: plain('Open the console'), url: LINK }] },
      ],
    });
  });

  it('is sent no button that leads nowhere', () => {
    expect(JSON.stringify(slackMessage(happening(), undefined))).not.toContain('button');
  });

  it('reads nothing as markup, and is sent no more than it takes', () => {
    const message = slackMessage(happening({ group: 'g'.repeat(400), reason: EVIL.repeat(30) }), LINK) as {
      blocks: { text?: { type: string; text: string }; fields?: { type: string; text: string }[] }[];
    };
    const texts = message.blocks.flatMap(({ text, fields = [] }) => (text === undefined ? fields : [text]));
    for (const { type } of texts) expect(type).toBe('plain_text');
    expect(texts[0]?.text.length).toBe(150);
    for (const { text } of texts) expect(text.length).toBeLessThanOrEqual(2000);
  });
});

interface Markdown {
  readonly msgtype: string;
  readonly markdown: { readonly title: string; readonly text: string };
}
const markdownOf = (...args: Parameters<typeof dingTalkMessage>): Markdown =>
  dingTalkMessage(...args) as Markdown;

describe('DingTalk', () => {
  it('is sent the five fields, in the time zone that is wanted', () => {
    const { msgtype, markdown } = markdownOf([happening()], 'Asia/Shanghai');
    expect([msgtype, markdown.title]).toEqual(['markdown', '[keepaloft] mysql MASTER']);
    expect(markdown.text.split('\n')).toEqual([
      '### \\[keepaloft\\] mysql MASTER',
      '',
      '- **报警类别**: 主备切换',
      `- **报警机器**: ${nodeA}-\\>${nodeB}`,
      '- **报警服务**: mysql 172.31.0.201',
      '- **报警内容**: MASTER silence 4.8s',
      '- **报警时间**: 2026-11-28 16:14:05 Asia/Shanghai',
    ]);
  });

  it('is sent one message, however much has happened at once', () => {
    const { markdown } = markdownOf(storm(100), 'UTC');
    expect(markdown.title).toBe('[keepaloft] 100');
    expect(markdown.text.match(/报警类别/gu)).toHaveLength(5);
    expect(markdown.text.match(/^- g\d+ MASTER/gmu)).toHaveLength(40);
    expect(markdown.text).toMatch(/\+55$/u);
    expect(Buffer.byteLength(markdown.text)).toBeLessThan(16_384);
  });

  it('reads nothing as markup', () => {
    const { markdown } = markdownOf([happening({ reason: EVIL })], 'UTC');
    expect(markdown.text).toContain('\\<\\!channel\\> \\*bold\\* \\[x\\]\\(http://evil.example\\) \\# head');
  });

  it('is signed: HMAC-SHA256 of time, line feed and key under the key, base64, in the query', () => {
    const secret = { url: 'https://oapi.dingtalk.com/robot/send?access_token=abc', secret: 'SECdef' };
    const url = new URL(signedUrl(secret, 1_795_853_642_000));
    const expected = createHmac('sha256', 'SECdef').update('1795853642000\nSECdef').digest('base64');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      access_token: 'abc',
      timestamp: '1795853642000',
      sign: expected,
    });
    expect(url.search).not.toMatch(/[+/ ]/u);
  });
});

describe('a webhook’s secret', () => {
  it.each([
    [slackSecretSchema, { url: 'http://hooks.slack.com/services/x' }],
    [slackSecretSchema, { url: 'https://hooks.slack.com/services/x', more: 1 }],
    [slackSecretSchema, { url: 'file:///etc/passwd' }],
    [dingTalkSecretSchema, { url: 'https://oapi.dingtalk.com/robot/send?access_token=a' }],
  ])('is refused when it is not as documented', (schema, secret) => {
    expect(schema.safeParse(secret).success).toBe(false);
  });
});
