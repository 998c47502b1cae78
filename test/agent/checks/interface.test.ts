// Proves when a network interface counts as up, on files as the kernel shows them, and that one that is not there does not.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createInterfaceProbe } from '../../../agent/checks/interface.ts';
import { scratchDirectory } from '../scratch.ts';

const never = new AbortController().signal;

it.each([
  ['0x1003', 'up', '1', true, 'eth1 is up'],
  // A driver that cannot tell, such as the loopback's.
  ['0x9', 'unknown', '1', true, 'eth1 is up'],
  ['0x1003', 'unknown', '0', false, 'eth1: it has no carrier'],
  ['0x1003', 'down', '0', false, 'eth1: its state is down'],
  ['0x1003', 'dormant', '1', false, 'eth1: its state is dormant'],
  ['0x1003', 'lowerlayerdown', undefined, false, 'eth1: its state is lowerlayerdown'],
  ['0x1002', 'down', undefined, false, 'eth1: it is switched off (ip link set … up)'],
  ['0x1002', 'up', '1', false, 'eth1: it is switched off (ip link set … up)'],
])('flags %s, state %s, carrier %s', async (flags, operstate, carrier, passed, detail) => {
  const folder = scratchDirectory();
  mkdirSync(join(folder, 'eth1'));
  for (const [name, text] of Object.entries({ flags, operstate, carrier })) {
    if (text !== undefined) writeFileSync(join(folder, 'eth1', name), `${text}\n`);
  }
  expect(await createInterfaceProbe({ interface: 'eth1' }, folder)(never)).toEqual({ passed, detail });
});

it('fails where there is no such interface, and finds the real loopback', async () => {
  expect(await createInterfaceProbe({ interface: 'no-such' })(never)).toEqual({
    passed: false,
    detail: 'no-such: there is no such interface',
  });
  expect((await createInterfaceProbe({ interface: 'lo' })(never)).passed).toBe(true);
});
