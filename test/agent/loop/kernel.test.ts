// Proves that nothing of a group that observes reaches the kernel, whatever orders it. The host is a double.
import { expect, it } from 'vitest';
import { GroupKernel } from '../../../agent/loop/kernel.ts';
import { initialHolder } from '../../../core/holder/step.ts';
import { always, FENCED, hostWith, VIP } from './double.ts';

it.each([
  [true, []],
  [false, ['bind', 'unbind']],
])('a group that observes (%s) changes %s', async (observes, events) => {
  const host = hostWith(always({}));
  let state = { ...initialHolder({ epoch: 1, relEpoch: 0, master: false }, {}), role: 'MASTER' as const };
  const client = {
    get state() {
      return state;
    },
    confirmed: () => undefined,
    failed: () => undefined,
  };
  const kernel = new GroupKernel({ ...FENCED, observes }, host.ports, client);
  kernel.bind({ kind: 'bind', vips: [VIP], epoch: 1 });
  await kernel.ended();
  state = { ...state, role: 'BACKUP' as never };
  kernel.unbind({ kind: 'unbind', vips: [VIP] });
  await kernel.ended();
  expect(host.events).toEqual(events);
});
