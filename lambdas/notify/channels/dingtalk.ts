/**
 * DingTalk's robot: signed, markdown, five fields. It takes 20 messages a minute and then none for ten minutes, so that
 * whatever comes together is told in one message. It answers its refusals with HTTP 200.
 */
import { createHmac } from 'node:crypto';
import * as z from 'zod/mini';
import { NotDelivered } from '../errors.ts';
import type { Happening } from '../event.ts';
import { postJson } from '../post.ts';
import { change, lasted, stateWord } from '../words.ts';
import { webhookUrlSchema } from './webhook-url.ts';

/** In full; those beyond are told in a line each, and then by their number. */
const FULL_MAX = 5;
const LINES_MAX = 40;
/** The signature does not fit; the address or a word is not allowed. Trying again cannot help. */
const REFUSED = 310_000;

/** What the secret holds: the robot's address with its access token, and its signing key (`SEC…`). */
export const dingTalkSecretSchema = z.strictObject({
  url: webhookUrlSchema,
  secret: z.string().check(z.minLength(1), z.maxLength(200)),
});
export type DingTalkSecret = z.infer<typeof dingTalkSecretSchema>;

const answerSchema = z.object({ errcode: z.number(), errmsg: z._default(z.string(), '') });

/** The robot's address with the time and its signature: base64 of HMAC-SHA256 over `time\nsecret`. */
export const signedUrl = ({ url, secret }: DingTalkSecret, nowMs: number): string => {
  const sign = createHmac('sha256', secret).update(`${nowMs}\n${secret}`).digest('base64');
  const signed = new URL(url);
  signed.searchParams.set('timestamp', String(nowMs));
  signed.searchParams.set('sign', sign);
  return signed.href;
};

/** An operator or a check may have written it: it is no markup, and stays in its line. */
const literal = (text: string): string =>
  text.replace(/\s+/gu, ' ').replace(/[\\`*_{}[\]()#+!<>|~]/gu, (char) => `\\${char}`);

const timeIn = (iso: string, timeZone: string): string => {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return `${date.toLocaleString('sv-SE', { timeZone })} ${timeZone}`;
};

const CATEGORY: Readonly<Record<string, string>> = {
  'Group State Change': '主备切换',
  'Standby Change': '备机变化',
  'Drift Repaired': '漂移修复',
  'Operator Action': '人工操作',
  'Brake Engaged': '切换刹车',
};

/** Category, machine, service, content, time: the five fields that such messages have there. */
const fieldsOf = (happening: Happening, timeZone: string): [string, string][] => {
  const { type, arbiter, region, group, vips, reason, cause, darkMs, isDryRun, time } = happening;
  const content = [stateWord(happening), reason, cause, darkMs === null ? null : lasted(darkMs)];
  return [
    ['报警类别', `${CATEGORY[type] ?? type}${isDryRun ? ' (observe)' : ''}`],
    ['报警机器', change(happening) ?? `${arbiter}, ${region}`],
    ['报警服务', [group ?? arbiter, ...vips].join(' ')],
    ['报警内容', content.filter((part) => part !== null && part !== '').join(' ')],
    ['报警时间', timeIn(time, timeZone)],
  ];
};

const inFull = (happening: Happening, timeZone: string): string =>
  fieldsOf(happening, timeZone)
    .map(([name, value]) => `- **${name}**: ${literal(value)}`)
    .join('\n');

const inLine = (happening: Happening): string => {
  const { group, arbiter, reason } = happening;
  const words = [group ?? arbiter, stateWord(happening), change(happening), reason];
  return `- ${literal(words.filter((part) => part !== null && part !== '').join(' '))}`;
};

/** One message, however much has happened. @param happenings at least one */
export const dingTalkMessage = (happenings: readonly Happening[], timeZone: string): object => {
  const [first] = happenings;
  const title =
    first === undefined || happenings.length > 1
      ? `[keepaloft] ${happenings.length}`
      : `[keepaloft] ${first.group ?? first.arbiter} ${stateWord(first)}`;
  const lines = happenings.slice(FULL_MAX, FULL_MAX + LINES_MAX).map(inLine);
  const left = happenings.length - FULL_MAX - lines.length;
  const parts = [
    `### ${literal(title)}`,
    ...happenings.slice(0, FULL_MAX).map((happening) => inFull(happening, timeZone)),
    ...(lines.length === 0 ? [] : [lines.join('\n')]),
    ...(left > 0 ? [`+${left}`] : []),
  ];
  return { msgtype: 'markdown', markdown: { title, text: parts.join('\n\n') } };
};

const answerOf = (text: string): z.infer<typeof answerSchema> => {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch {
    throw new NotDelivered('DingTalk', 'it answered nothing that it documents', false);
  }
};

/** @throws NotDelivered, also for an answer of 200 whose `errcode` is not 0 */
export const sendDingTalk = async (
  happenings: readonly Happening[],
  secret: DingTalkSecret,
  timeZone: string,
): Promise<void> => {
  if (happenings.length === 0) return;
  const urlOf = (): string => signedUrl(secret, Date.now());
  const { text } = await postJson('DingTalk', urlOf, dingTalkMessage(happenings, timeZone));
  const { errcode, errmsg } = answerOf(text);
  if (errcode !== 0)
    throw new NotDelivered('DingTalk', `errcode ${errcode} ${errmsg}`.trim(), errcode === REFUSED);
};
