/** Proves that keepalived is configured as the comparison says: unicast, no preemption, its pace and its script. */
import { describe, expect, it } from 'vitest';
import { keepalivedConf } from '../../../bench/versus/conf.ts';

const conf = (advertMs: number): string =>
  keepalivedConf({
    name: 'host3',
    address: '172.31.0.13',
    peerAddress: '172.31.0.14',
    vip: '172.31.0.202',
    priority: 200,
    advertMs,
    servicePort: 8080,
    notifyMaster: ['/usr/bin/aws', 'ec2', 'assign-private-ip-addresses'],
  });

describe('keepalived.conf', () => {
  it.each([
    [1000, 'advert_int 1\n'],
    [100, 'advert_int 0.1\n'],
    [30, 'advert_int 0.03\n'],
  ])('gives %d ms between adverts in seconds', (advertMs, line) => {
    expect(conf(advertMs)).toContain(line);
  });

  it('names the peer, both as BACKUP without preemption, and the script that moves the address', () => {
    const text = conf(1000);
    expect(text).toMatch(/unicast_src_ip 172\.31\.0\.13\n\s+unicast_peer \{\n\s+172\.31\.0\.14\n/u);
    for (const word of [
      'state BACKUP',
      'nopreempt',
      'vrrp_version 3',
      'fall 2',
      'priority 200',
      'vrrp_rt_priority',
    ]) {
      expect(text).toContain(word);
    }
    expect(text).toContain('notify_master "/usr/bin/aws ec2 assign-private-ip-addresses"');
  });

  it('opens as many braces as it closes', () => {
    const text = conf(30);
    expect(text.split('{').length).toBe(text.split('}').length);
  });
});
