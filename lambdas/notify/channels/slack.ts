/** Slack's incoming webhook: a header, four fields, a link. */
import * as z from 'zod/mini';
import type { Happening } from '../event.ts';
import { postJson } from '../post.ts';
import { change, lasted, stateWord, subjectOf } from '../words.ts';
import { webhookUrlSchema } from './webhook-url.ts';

/** Slack refuses longer ones. */
const HEADER_CHARS_MAX = 150;
const FIELD_CHARS_MAX = 2000;

/** What the secret holds: `{"url": "https://hooks.slack.com/services/…"}`. */
export const slackSecretSchema = z.strictObject({ url: webhookUrlSchema });

/** Plain text: nothing that an operator or a check has written is markup there. */
const plain = (text: string, charsMax: number): object => ({
  type: 'plain_text',
  text: text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text,
});

const field = (name: string, value: string): object => plain(`${name}: ${value}`, FIELD_CHARS_MAX);

/** @param link where more is to be seen; undefined: nowhere */
export const slackMessage = (happening: Happening, link: string | undefined): object => {
  const { arbiter, region, group, reason, cause, darkMs, isDryRun, time } = happening;
  const why = [reason, cause].filter((part) => part !== null && part !== '').join(', ');
  const fields = [
    field('Group', group ?? `${arbiter}, ${region}`),
    field('Change', change(happening) ?? stateWord(happening)),
    field('Reason', why === '' ? '-' : why),
    darkMs === null ? field('When', time) : field('Dark for', lasted(darkMs)),
  ];
  const title = `${group ?? arbiter}: ${stateWord(happening)}${isDryRun ? ' (observe)' : ''}`;
  const button = { type: 'button', text: plain('Open the console', 75), url: link };
  return {
    // What a notification on a telephone shows.
    text: subjectOf(happening),
    blocks: [
      { type: 'header', text: plain(title, HEADER_CHARS_MAX) },
      { type: 'section', fields },
      ...(link === undefined ? [] : [{ type: 'actions', elements: [button] }]),
    ],
  };
};

/** @throws NotDelivered */
export const sendSlack = async (
  happenings: readonly Happening[],
  { url }: z.infer<typeof slackSecretSchema>,
  link: string | undefined,
): Promise<void> => {
  for (const happening of happenings) await postJson('Slack', () => url, slackMessage(happening, link));
};
