/** What a story begins with: `group hosts a=200 b=150 …`, in words that may come in any order after the hosts. */
import { parseDurationMs } from '../../../core/duration.ts';
import { durationMs } from '../../../core/time.ts';
import type { WorldOptions } from '../story/world.ts';

export interface Setting {
  readonly options: WorldOptions;
  readonly priorities: readonly number[];
}

/** @throws Error when it is no duration such as 200ms or 5s */
export const msOf = (text: string): number => {
  const ms = parseDurationMs(text);
  if (ms === null) throw new Error(`${text} is no duration: write 200ms, 5s or 2m`);
  return ms;
};

const FEW_HOSTS = { 1: 1, 2: 2, 3: 3 } as const;
const isFew = (count: number): count is 1 | 2 | 3 => count in FEW_HOSTS;

const prioritiesOf = (words: readonly string[]): number[] =>
  words.map((word, index) => {
    const [name, priority = ''] = word.split('=');
    if (name !== 'abc'[index] || !/^\d{1,3}$/u.test(priority))
      throw new Error(`${word}: hosts are a=PRIORITY b=PRIORITY c=PRIORITY, in this order`);
    return Number(priority);
  });

const isHost = (word: string): boolean => word.includes('=');

/** @throws Error when the words make no group */
export const settingOf = (words: readonly string[]): Setting => {
  const priorities = prioritiesOf(words.filter(isHost));
  if (!isFew(priorities.length)) throw new Error('a group has one to three hosts');
  const options: WorldOptions = { hosts: priorities.length, priorities };
  const rest = words.filter((word) => !isHost(word));
  for (let at = 0; at < rest.length; at += 2) {
    const [what, value = ''] = rest.slice(at, at + 2);
    Object.assign(options, optionOf(what ?? '', value, options));
  }
  return { options, priorities };
};

const optionOf = (what: string, value: string, { config = {} }: WorldOptions): Partial<WorldOptions> => {
  switch (what) {
    case 'ack':
      return { ackMs: msOf(value) };
    case 'apply':
      return { propagationMs: msOf(value) };
    case 'prepare':
      return { prepareMs: msOf(value) };
    case 'preempt':
      return { config: { ...config, preempt: true, preemptDelayMs: durationMs(msOf(value)) } };
    case 'hold-down':
      return { config: { ...config, holdDownMs: durationMs(msOf(value)) } };
    case 'exclusive':
      if (value === 'address' || value === 'nft') return { kernelExpiry: value };
      throw new Error('exclusive address, or exclusive nft');
    default:
      throw new Error(`${what}: a group has ack, apply, prepare, preempt, hold-down and exclusive`);
  }
};
