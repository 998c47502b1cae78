// Proves that a real service is several processes that start, serve and end as one, and that an ending lab starts nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { keepaloftFileSchema } from '../../../core/wire/config.ts';
import { type daemonSchema, daemonsSchema } from '../../../lab/daemons/schema.ts';
import { startTicksOf } from '../../../lab/processes.ts';
import { Hosts } from '../../../lab/supervisor/hosts.ts';
import { Journal } from '../../../lab/supervisor/journal.ts';
import type { PlannedHost } from '../../../lab/supervisor/plan.ts';

const host: PlannedHost = {
  name: 'host1',
  instanceId: 'i-00000000000000001',
  eni: 'eni-1',
  address: '172.31.0.11',
  isAway: false,
  lanAddress: '192.168.0.11',
  isScripted: false,
};
const file = keepaloftFileSchema.parse({
  version: 1,
  groups: {
    web: {
      vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
      members: [{ instance: 'i-00000000000000002' }],
    },
  },
});
/** It starts another process, says its number, and then that it serves. */
const master = `const child = require('node:child_process').spawn('sleep', ['1000']);
  console.log('worker ' + child.pid);
  console.log('temporary ' + process.env.TMPDIR);
  console.log('serving');`;

let dir: string;
let journal: Journal;
let all: Hosts[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'keepaloft-hosts-'));
  journal = new Journal();
  all = [];
});
afterEach(async () => {
  for (const hosts of all) await hosts.killAll();
  rmSync(dir, { recursive: true });
});

/** One host without a namespace of its own, and without an agent: it is nobody's member. */
const hostsWith = (daemons: Record<string, z.input<typeof daemonSchema>>): Hosts => {
  const hosts = new Hosts([host], {
    labId: 'fe33',
    dir,
    file,
    served: [],
    servesOwn: false,
    daemons: daemonsSchema.parse(daemons),
    endpoint: 'https://172.31.255.1',
    caFile: '/nowhere/ca.pem',
    scriptUser: 'nobody',
    enter: () => [],
    journal,
  });
  all.push(hosts);
  return hosts;
};
const said = (): string[] =>
  journal
    .page(0)
    .entries.filter(({ kind }) => kind === 'daemon')
    .map((entry) => String(entry['message']));

describe('the real services of a host', () => {
  it('are waited for, noted, and killed with all that they have started', async () => {
    const hosts = hostsWith({ web: { package: 'nodejs', run: ['node', '-e', master], ready: 'serving' } });
    await hosts.startDaemons();
    expect(hosts.programs).toEqual(['agent', 'service', 'web']);
    expect(said()).toContain('serving');
    expect(said()).toContain(`temporary ${join(dir, 'hosts', 'host1', 'web')}`);
    const worker = Number(/^worker (\d+)$/mu.exec(said().join('\n'))?.[1]);
    expect(startTicksOf(worker)).not.toBeNull();
    const first = hosts.pid('host1', 'web');
    hosts.start(host, 'web');
    expect(hosts.pid('host1', 'web')).toBe(first);
    await hosts.switchOff('host1');
    expect(hosts.pid('host1', 'web')).toBeNull();
    await expect.poll(() => startTicksOf(worker)).toBeNull();
    hosts.start(host, 'web');
    expect(hosts.pid('host1', 'web')).not.toBeNull();
  });

  it('fail the start with what they said last, when they end instead of serving', async () => {
    const run = ['node', '-e', 'console.error("port 3306 is taken")'];
    const hosts = hostsWith({ db: { package: 'nodejs', run, ready: 'serving' } });
    const started = hosts.startDaemons();
    await expect(started).rejects.toThrow('db on host1 ended: port 3306 is taken');
    await expect(started).rejects.toMatchObject({ code: 'daemon-failed' });
  });

  it('are not started any more by a lab that ends, and what prepares them is ended too', async () => {
    const hosts = hostsWith({ db: { package: 'coreutils', prepare: ['sleep', '1000'], run: ['cat'] } });
    const started = hosts.startDaemons();
    await Promise.all([
      expect(started).rejects.toThrow('db could not be prepared on host1'),
      hosts.killAll(),
    ]);
    hosts.start(host, 'db');
    expect(hosts.pid('host1', 'db')).toBeNull();
  });
});
