// Proves that what a heartbeat has said travels with its sending and with its answer to the reducer.
import { expect, it, vi } from 'vitest';
import { Exchange } from '../../../agent/loop/exchange.ts';
import { type GroupHost, GroupRunner } from '../../../agent/loop/group.ts';
import type { HolderInput } from '../../../core/holder/types.ts';
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
