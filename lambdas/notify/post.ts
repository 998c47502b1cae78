/** Sends JSON to a webhook, and again where that may help. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NotDelivered } from './errors.ts';

const TRIES_MAX = 3;
const ANSWER_MS_MAX = 5000;
const PAUSE_MS = 500;
/** A longer wait is not for a running function: whoever invoked it tries again later. */
const RETRY_AFTER_MS_MAX = 5000;
const ANSWER_CHARS_MAX = 200;

export interface Posted {
  readonly status: number;
  readonly text: string;
}

const retryAfterMs = (response: Response, tries: number): number => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : PAUSE_MS * tries;
};

const isPassing = (status: number): boolean => status === 429 || status >= 500;

/** What a failed connection says of itself. Its message may hold the address, its code does not. */
const codeOf = (thrown: unknown): string => {
  const cause: unknown = Reflect.get(Object(thrown), 'cause');
  const code: unknown = Reflect.get(Object(cause), 'code') ?? Reflect.get(Object(thrown), 'name');
  return typeof code === 'string' ? code : 'no answer';
};

const once = async (url: string, body: string): Promise<Response | string> => {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body,
      // A webhook answers itself. Whatever it led to would be told the message.
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
  } catch (thrown) {
    return codeOf(thrown);
  }
};

/**
 * @param channel what the webhook is called in an error
 * @param urlOf asked for each try: a signature in it may grow old
 * @returns an answer of 2xx
 * @throws NotDelivered
 */
export const postJson = async (channel: string, urlOf: () => string, message: object): Promise<Posted> => {
  const body = JSON.stringify(message);
  for (let tries = 1; ; tries += 1) {
    const response = await once(urlOf(), body);
    if (typeof response !== 'string' && response.ok) {
      return { status: response.status, text: (await response.text()).slice(0, ANSWER_CHARS_MAX) };
    }
    const reason =
      typeof response === 'string'
        ? response
        : `${response.status} ${(await response.text()).slice(0, ANSWER_CHARS_MAX)}`;
    const mayPass = typeof response === 'string' || isPassing(response.status);
    const waitMs = typeof response === 'string' ? PAUSE_MS * tries : retryAfterMs(response, tries);
    if (!mayPass || tries >= TRIES_MAX || waitMs > RETRY_AFTER_MS_MAX) {
      throw new NotDelivered(channel, reason.trim(), !mayPass);
    }
    await sleep(waitMs);
  }
};
