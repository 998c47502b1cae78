// Proves what the stand-ins of address managers tell the kernel: what real ones tell it, and nothing about what is theirs already.
import { describe, expect, it } from 'vitest';
import { listedPass, ownPass, type Scene } from '../../../lab/managers/pass.ts';

const OWN = '172.31.0.11';
const VIP = '172.31.0.201';
const OTHER = '172.31.0.202';
const scene = (...addresses: string[]): Scene => ({
  device: 'eth0',
  own: OWN,
  present: addresses.map((address) => ({ address, prefix: 32 })),
  routes: ['default via 172.31.0.1 src 172.31.0.11 onlink'],
});

describe('a pass by the list of the metadata service', () => {
  it('takes away what is not on the list, but never the primary address', () => {
    expect(listedPass(scene(OWN, VIP), [])).toEqual([`addr del ${VIP}/32 dev eth0`]);
  });

  it('binds what is on the list for ever, also what is bound for a time', () => {
    expect(listedPass(scene(OWN, VIP), [VIP, OTHER])).toEqual([
      `addr replace ${VIP}/32 dev eth0 valid_lft forever preferred_lft forever`,
      `addr replace ${OTHER}/32 dev eth0 valid_lft forever preferred_lft forever`,
    ]);
  });
});

describe('a pass of a manager that brings its connection up anew', () => {
  it('leaves its own address and routes, and nothing else', () => {
    expect(ownPass(scene(OWN, VIP))).toEqual([
      'addr flush dev eth0',
      `addr add ${OWN}/32 dev eth0`,
      'route replace default via 172.31.0.1 src 172.31.0.11 onlink dev eth0',
    ]);
  });
});
