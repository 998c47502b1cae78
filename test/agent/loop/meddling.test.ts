// Proves that another hand on a group's addresses is told once for a burst, and told of again only after a quiet time.
import { expect, it } from 'vitest';
import { Meddling } from '../../../agent/loop/meddling.ts';
import { bootMs } from '../../../core/time.ts';
import { captureLog } from '../captured-log.ts';
import { always, createLoops, hostWith, until, VIP } from './double.ts';

const NOTHING = { gone: [], come: [] };
const MINUTE_MS = 60_000;

const scene = () => {
  const { log, lines, messages } = captureLog();
  let nowMs = 1000;
  const meddling = new Meddling({ group: 'mysql', now: () => bootMs(nowMs), log });
  const pass = (ms: number): void => {
    nowMs += ms;
    meddling.looked(NOTHING);
  };
  return { meddling, lines, messages, pass };
};

it('says once that a minute-long series of removals goes on, and when it has ended', () => {
  const { meddling, lines, messages, pass } = scene();
  for (let minute = 0; minute < 20; minute += 1) {
    meddling.looked({ gone: [VIP], come: [] });
    pass(MINUTE_MS);
  }
  expect(messages()).toEqual([expect.stringMatching(/took the VIP away/u)]);
  expect(lines[0]).toMatchObject({
    group: 'mysql',
    vips: [VIP],
    remedy: expect.stringContaining('doctor') as string,
  });
  pass(5 * MINUTE_MS);
  expect(lines[1]).toMatchObject({ times: 20 });
  pass(5 * MINUTE_MS);
  expect(lines).toHaveLength(2);
});

it('tells of the next burst anew, and of the other direction in its own words', () => {
  const { meddling, messages, pass } = scene();
  meddling.looked({ gone: [VIP], come: [] });
  pass(5 * MINUTE_MS);
  meddling.looked({ gone: [], come: [VIP] });
  expect(messages().at(-1)).toMatch(/has bound the VIP/u);
  expect(messages()).toHaveLength(3);
});

it('a loop says it of what it has not changed itself, and of nothing else', async () => {
  const { start, endAll } = createLoops();
  const { log, messages } = captureLog();
  let word = always({ role: 'MASTER' });
  const host = hostWith((request) => word(request), { listed: [VIP] });
  start({ ...host.ports, log });
  const said = (words: RegExp): number => messages().filter((one) => words.test(String(one))).length;
  await until(() => host.bound.has(VIP));
  // Looks of its own doing.
  await until(() => host.requests.length >= 4);
  expect(said(/something else/u)).toBe(0);
  for (let times = 0; times < 3; times += 1) {
    host.bound.clear();
    await until(() => host.bound.has(VIP));
  }
  expect(said(/took the VIP away/u)).toBe(1);
  // Deposed, and the fabric has moved: its own unbinding is nobody's meddling.
  host.listed.clear();
  word = always({ role: 'BACKUP', epoch: 2, rev: 1000 });
  let rev = 1000;
  const after = word;
  word = (request) => {
    const answer = after(request);
    rev += 1;
    return typeof answer === 'object' && 'rev' in answer ? { ...answer, rev } : answer;
  };
  await until(() => !host.bound.has(VIP));
  expect(said(/has bound the VIP/u)).toBe(0);
  await endAll();
});
