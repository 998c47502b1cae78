// Proves what a group's profile takes from the file, and which changes of a file need a restart.
import { describe, expect, it } from 'vitest';
import { profilesOf, restartReason } from '../../agent/profile.ts';
import { agentFileSchema } from '../../core/wire/config.ts';

const fileWith = (group: object = {}) =>
  agentFileSchema.parse({
    version: 1,
    endpoint: 'https://abc.execute-api.us-east-1.amazonaws.com',
    region: 'us-east-1',
    groups: { mysql: { vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }], ...group } },
  });

describe('profilesOf', () => {
  it('names a way to end an address for exclusive groups only', () => {
    const [fenced] = profilesOf(fileWith({ kernelExpiry: 'nft' }));
    expect(fenced).toMatchObject({ name: 'mysql', leaseMs: 3000 });
    expect(fenced?.kernelExpiry).toBeUndefined();
    const [address] = profilesOf(fileWith({ exclusive: true }));
    expect(address).toMatchObject({ kernelExpiry: 'address', leaseMs: 5000 });
    const [nft] = profilesOf(fileWith({ exclusive: true, kernelExpiry: 'nft' }));
    expect(nft?.kernelExpiry).toBe('nft');
  });
});

describe('restartReason', () => {
  it('is none for what a reload can take over', () => {
    const checks = { mysqld: { tcp: '127.0.0.1:3306' } };
    const hostRoutes = [{ to: 'default', dev: 'eth1', table: 7 }];
    const after = fileWith({ checks, configHash: 'a', priority: 7, hostRoutes });
    expect(restartReason(fileWith(), after)).toBeUndefined();
  });

  it.each([
    ['the fencing', { exclusive: true, timing: { lease: '5s' } }],
    ['the lease', { timing: { lease: '4s' } }],
    ['the VIPs', { vips: [{ address: '172.31.0.202', fabric: 'secondary-ip' }] }],
  ])('is given when %s changes', (_, change) => {
    expect(restartReason(fileWith(), fileWith(change))).toBeDefined();
  });

  it('is given when the way in which the kernel ends an address changes', () => {
    const before = fileWith({ exclusive: true, timing: { lease: '5s' } });
    const after = fileWith({ exclusive: true, timing: { lease: '5s' }, kernelExpiry: 'nft' });
    expect(restartReason(before, after)).toBeDefined();
    expect(restartReason(before, before)).toBeUndefined();
  });
});
