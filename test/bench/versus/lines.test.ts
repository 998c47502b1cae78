/** Proves that what other programs print is understood: keepalived's log, routes, counters and versions. */
import { describe, expect, it } from 'vitest';
import { changeIn } from '../../../bench/versus/fabric.ts';
import { stateIn } from '../../../bench/versus/keepalived.ts';
import { versionIn } from '../../../bench/versus/programs.ts';
import { packetsIn } from '../../../bench/versus/rest.ts';

describe("keepalived's log", () => {
  it.each([
    ['Fri Nov 20 14:06:09 2026: (vip) Entering MASTER STATE', 'MASTER'],
    ['Fri Nov 20 14:06:08 2026: (vip) Entering BACKUP STATE', 'BACKUP'],
    ['Fri Nov 20 14:06:18 2026: (vip) Entering FAULT STATE', 'FAULT'],
    ['Fri Nov 20 14:06:18 2026: (other) Entering MASTER STATE', null],
    ['Fri Nov 20 14:06:18 2026: (vip) removing VIPs.', null],
  ])('%s', (line, state) => {
    expect(stateIn(line)).toBe(state);
  });
});

describe("the fabric's routes", () => {
  it.each([
    ['172.31.0.202 via 172.31.0.13 dev v-host3 onlink ', { vip: '172.31.0.202', owner: 'host3' }],
    ['blackhole 172.31.0.201 ', { vip: '172.31.0.201', owner: null }],
    ['Deleted 172.31.0.202 via 172.31.0.13 dev v-host3 onlink ', null],
    ['local 172.31.0.1 dev lo table local proto kernel scope host src 172.31.0.1 ', null],
    ['172.31.0.13 dev v-host3 scope link ', null],
  ])('%s', (line, change) => {
    expect(changeIn(line)).toEqual(change);
  });
});

describe('counters of an interface', () => {
  it('are its packets in and out', () => {
    const text = JSON.stringify([
      { ifname: 'eth0', stats64: { rx: { bytes: 1, packets: 20 }, tx: { bytes: 3, packets: 40 } } },
    ]);
    expect(packetsIn(text)).toEqual({ received: 20, sent: 40 });
  });

  it.each(['[]', '[{"ifname":"eth0"}]', 'nothing'])('that are not there are refused: %s', (text) => {
    expect(() => packetsIn(text)).toThrow(/\S/u);
  });
});

describe('versions', () => {
  it.each([
    ['Keepalived v2.2.7 (01/16,2022)\n\nCopyright', '2.2.7'],
    ['aws-cli/2.9.19 Python/3.11.2 Linux/6.18 source/x86_64.debian.12 prompt/off', '2.9.19'],
  ])('%s', (text, version) => {
    expect(versionIn(text)).toBe(version);
  });

  it('that are not there are refused', () => {
    expect(() => versionIn('command not found')).toThrow('no version');
  });
});
