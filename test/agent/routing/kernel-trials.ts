/**
 * What the kernel really does with routes and rules that follow a VIP, tried in a network namespace of its own.
 * A program: `kernel-trials.ts TRIAL`; prints one JSON document. Run by `kernel.test.ts`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { bind, defaultInterface, listLocal, unbind } from '../../../agent/host/addresses.ts';
import { HostRoutes } from '../../../agent/routing/host-routes.ts';
import { runIpJson } from '../../../agent/routing/ip-json.ts';
import type { HostRouting } from '../../../core/wire/host-routing.ts';

const VIP = '10.2.0.200';
const LOOK_MS = 40;
const WAIT_MS_MAX = 8000;
const PORT = 7000;
const CLIENT = '10.9.0.9';
const PATIENCE_MS = 150;
const TRIES_MAX = 20;

const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
const routes = (): string[] =>
  ip('-4', '-N', 'route', 'show', 'table', 'all', 'proto', '213')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
const rules = (): string[] =>
  ip('-4', '-N', 'rule', 'show')
    .split('\n')
    .filter((line) => line.includes('proto 213'))
    .map((line) => line.replace('\t', ' ').trim());
const own = (): string[] => [...routes(), ...rules()];

const until = async (holds: () => boolean): Promise<void> => {
  const end = performance.now() + WAIT_MS_MAX;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${own().join('; ')}`);
    await delay(LOOK_MS / 2);
  }
};

interface Told {
  readonly about?: string;
  readonly error?: string;
  readonly remedy?: string;
}
const told: Told[] = [];
const hostRoutes = (group: HostRouting, device: string, subnet?: string): HostRoutes =>
  new HostRoutes(
    {
      groups: () => [{ name: 'mysql', vips: [...listLocal()].filter((one) => one === VIP), ...group }],
      device,
      lookMs: LOOK_MS,
      log: { info: () => undefined, warn: (fields: object) => void told.push(fields) } as never,
    },
    {
      run: runIpJson,
      defaultDevice: () => defaultInterface(),
      subnetOf: () => Promise.resolve(subnet),
    },
  );
const bindVip = (device: string) => bind({ addresses: [VIP], interface: device });
const unbindVip = (device: string) => unbind({ addresses: [VIP], interface: device });

/** A host with two links, and behind them the network: another namespace, which drops what comes with a foreign source. */
const world = async (): Promise<ChildProcess> => {
  const network = spawn('unshare', ['-n', '--kill-child', 'sleep', '60'], { stdio: 'ignore' });
  await once(network, 'spawn');
  const pid = String(network.pid);
  const there = (...args: string[]): string =>
    execFileSync('nsenter', ['-t', pid, '-n', ...args], { encoding: 'utf8' });
  const here = execFileSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' });
  await until(() => there('readlink', '/proc/self/ns/net') !== here);
  for (const [index, device] of ['eth0', 'eth1'].entries()) {
    const net = `10.${index + 1}.0`;
    ip('link', 'add', device, 'type', 'veth', 'peer', 'name', `r${index}`, 'netns', pid);
    ip('addr', 'add', `${net}.2/24`, 'dev', device);
    ip('link', 'set', 'dev', device, 'up');
    there('ip', 'addr', 'add', `${net}.1/24`, 'dev', `r${index}`);
    there('ip', 'link', 'set', 'dev', `r${index}`, 'up');
    there('sh', '-c', `echo 1 > /proc/sys/net/ipv4/conf/r${index}/rp_filter`);
    writeFileSync(`/proc/sys/net/ipv4/conf/${device}/rp_filter`, '0');
  }
  writeFileSync('/proc/sys/net/ipv4/conf/all/rp_filter', '0');
  there('ip', 'link', 'set', 'dev', 'lo', 'up');
  there('ip', 'addr', 'add', `${CLIENT}/32`, 'dev', 'lo');
  ip('route', 'add', 'default', 'via', '10.1.0.1', 'dev', 'eth0');
  return network;
};

const GROUP: HostRouting = {
  hostRoutes: [
    { to: '10.77.0.0/16', via: '10.2.0.1', src: VIP },
    { to: 'default', via: '10.2.0.1', dev: 'eth1', table: 900 },
    { to: '10.78.0.1', dev: 'eth1', metric: 7 },
  ],
  hostRules: [
    { from: VIP, table: 900 },
    { to: '10.79.0.0/16', table: 900, priority: 100 },
  ],
};

/** They come with the VIP, come back when another hand takes them away, and go before it. */
const follow = async (): Promise<unknown> => {
  const network = await world();
  const following = hostRoutes(GROUP, 'eth1');
  await following.start();
  const before = own();
  await bindVip('eth1');
  await following.settle();
  const added = own();
  ip('route', 'del', '10.77.0.0/16');
  ip('rule', 'del', 'from', VIP, 'table', '900');
  ip('route', 'flush', 'table', '900');
  await until(() => own().length === added.length);
  const repaired = own();
  // Left by an earlier run, and by somebody else.
  ip('route', 'add', '10.80.0.0/16', 'via', '10.2.0.1', 'proto', '213', 'table', '901');
  ip('rule', 'add', 'to', '10.80.0.0/16', 'table', '901', 'priority', '99', 'protocol', '213');
  ip('route', 'add', '10.81.0.0/16', 'via', '10.2.0.1', 'proto', 'static', 'table', '901');
  await until(() => own().length === added.length);
  const foreign = ip('route', 'show', 'table', '901').trim();
  let atUnbinding: unknown;
  await following.around([VIP], async () => {
    atUnbinding = { own: own(), bound: listLocal().has(VIP) };
    await unbindVip('eth1');
  });
  await delay(3 * LOOK_MS);
  following.stop();
  network.kill('SIGKILL');
  return { before, added, repaired, foreign, atUnbinding, after: own(), told };
};

/** Another hand's route is left alone and told; when it goes, ours comes. What goes with the address alone is measured. */
const foreign = async (): Promise<unknown> => {
  const network = await world();
  ip('route', 'add', '10.77.0.0/16', 'via', '10.1.0.1', 'proto', 'static');
  const following = hostRoutes(GROUP, 'eth1');
  await bindVip('eth1');
  await following.start();
  await until(() => told.length > 0);
  await delay(5 * LOOK_MS);
  const whileTaken = own();
  const kept = ip('route', 'show', '10.77.0.0/16').trim();
  ip('route', 'del', '10.77.0.0/16');
  await until(() => own().length > whileTaken.length);
  following.stop();
  // As in a host whose agent is frozen when the kernel ends the address.
  ip('route', 'add', '10.82.0.0/16', 'via', '10.2.0.1', 'src', VIP, 'table', '900', 'proto', '213');
  ip('addr', 'del', `${VIP}/32`, 'dev', 'eth1');
  const outlives = own();
  const next = hostRoutes(GROUP, 'eth1');
  await next.start();
  next.stop();
  network.kill('SIGKILL');
  return { whileTaken, kept, told, outlives, afterStart: own() };
};

/** In the network: each line asks the VIP once, and what is heard is printed as a line. */
const client = async (): Promise<void> => {
  const socket = createSocket('udp4');
  socket.bind(0, CLIENT);
  await once(socket, 'listening');
  let heard = 'nothing';
  socket.on('message', (text) => {
    heard = String(text);
  });
  for await (const _ of createInterface({ input: process.stdin })) {
    heard = 'nothing';
    socket.send('anybody there?', PORT, VIP);
    await delay(PATIENCE_MS);
    process.stdout.write(`${heard}\n`);
  }
  // Whoever asked is gone.
  socket.close();
};

/** A client in the network. */
const clientIn = (network: ChildProcess): ((expected: string) => Promise<string>) => {
  const argv = ['-t', String(network.pid), '-n', process.execPath, import.meta.filename, 'client'];
  const child = spawn('nsenter', argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const ask = async (): Promise<string> => {
    const line = once(lines, 'line');
    child.stdin.write('\n');
    return String((await line)[0]);
  };
  // A busy machine is late; nothing comes more often than it may.
  return async (expected) => {
    let heard = await ask();
    for (let tries = 1; heard !== expected && tries < TRIES_MAX; tries += 1) heard = await ask();
    return heard;
  };
};

/** Bound on the interface that the default route does not use: real datagrams, with and without the way back. */
const back = async (): Promise<unknown> => {
  const network = await world();
  await bindVip('eth1');
  const server = createSocket('udp4');
  server.on('message', (_, { port, address }) => server.send('here', port, address));
  server.bind(PORT, VIP);
  await once(server, 'listening');
  const answers: Record<string, string> = {};
  const ask = clientIn(network);
  const asked = async (when: string, expected = 'here'): Promise<void> => {
    answers[when] = await ask(expected);
  };
  await asked('without', 'nothing');
  const following = hostRoutes({}, 'eth1', '10.2.0.0/24');
  await following.start();
  const added = own();
  await asked('with');
  // Strict, on this host: only what would be answered by the same interface comes in.
  writeFileSync('/proc/sys/net/ipv4/conf/eth1/rp_filter', '1');
  await asked('strict');
  writeFileSync('/proc/sys/net/ipv4/conf/eth1/rp_filter', '0');
  // The host's own network configuration takes it over: the agent's goes.
  ip('route', 'add', 'default', 'via', '10.2.0.1', 'dev', 'eth1', 'table', '10001');
  ip('rule', 'add', 'from', VIP, 'table', '10001', 'priority', '10001');
  await until(() => own().length === 0);
  await asked('of others');
  ip('rule', 'del', 'from', VIP, 'table', '10001');
  await until(() => own().length === added.length);
  await following.around([VIP], () => unbindVip('eth1'));
  following.stop();
  server.close();
  network.kill('SIGKILL');
  return { answers, added, after: own(), told };
};

const TRIALS: Readonly<Record<string, () => Promise<unknown>>> = { follow, foreign, back };

const [, , name = ''] = process.argv;
if (name === 'client') await client();
else {
  ip('link', 'set', 'dev', 'lo', 'up');
  const outcome = await TRIALS[name]?.();
  process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
}
