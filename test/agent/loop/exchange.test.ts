// Proves that what a heartbeat has said travels with its sending and with its answer to the reducer.
import { expect, it, vi } from 'vitest';
import { Exchange } from '../../../agent/loop/exchange.ts';
import { type GroupHost, GroupRunner } from '../../../agent/loop/group.ts';
import type { Ports, Reply } from '../../../agent/loop/ports.ts';
import type { HolderInput } from '../../../core/holder/types.ts';
import { captureLog } from '../captured-log.ts';
import { always, FENCED, hostWith } from './double.ts';

const HOST: GroupHost = { mayFollow: () => true, beatAlone: () => undefined, changed: () => undefined };

const sentWith = async (said: object): Promise<HolderInput[]> => {
  const { ports } = hostWith(always({}));
  const group = new GroupRunner(FENCED, { epoch: 0, relEpoch: 0, master: false }, ports, HOST);
  const report = { ...group.report(), ...said };
  vi.spyOn(group, 'report').mockReturnValue(report);
  const inputs: HolderInput[] = [];
  vi.spyOn(group, 'dispatch').mockImplementation((input) => void inputs.push(input));
  await new Exchange(ports, 10, () => undefined).send([group], 'regular');
  return inputs;
};

it('tells the reducer what was claimed, resigned, released, and that this host is deaf', async () => {
  const claim = { epoch: 1, holder: 'i-0000000000000000b', beat: '1:1', silentMs: 9, evidence: 'silence' };
  const [sent, answered] = await sentWith({ claim, resign: true, released: 4, deaf: true });
  expect(sent).toEqual({ kind: 'sent', claimed: true, deaf: true });
  expect(answered).toMatchObject({ kind: 'answer', resigned: true, released: 4 });
});

it('tells nothing that was not said', async () => {
  const [sent, answered] = await sentWith({});
  expect(sent).toEqual({ kind: 'sent', claimed: false, deaf: false });
  expect(answered).toMatchObject({ kind: 'answer', resigned: false, released: undefined });
});

it('says once that the arbiter is silent, and nothing more for a request that a later one has overtaken', async () => {
  const { ports } = hostWith(always({}));
  const { log, messages } = captureLog();
  const waiting: ((reply: Reply) => void)[] = [];
  const post: Ports['post'] = () =>
    new Promise((resolve) => {
      waiting.push(resolve);
    });
  const exchange = new Exchange({ ...ports, post, log }, 10, () => undefined);
  const times = { sentAt: ports.now(), receivedAt: ports.now() };
  const silence: Reply = { kind: 'network', cause: 'no answer', ...times };
  const answer: Reply = { kind: 'answer', response: { v: 1, groups: {} }, ...times };
  const sent = [1, 2, 3].map(() => exchange.send([], 'regular'));
  const reply = async (index: number, what: Reply): Promise<void> => {
    waiting[index]?.(what);
    await sent[index];
  };
  await reply(0, silence);
  await reply(2, answer);
  // Sent before the one that has just been answered, and given up only now.
  await reply(1, silence);
  expect(messages()).toEqual(['the arbiter does not answer', 'the arbiter answers again']);
});
