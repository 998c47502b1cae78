// Proves that the agent's peer detection and real BFD daemons (Debian's bird and FRR) understand each other in real
// networks: up, down by a cut, up again, and an orderly end that is no failure, as root and as an ordinary user.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MULTIHOP_PORT } from '../../core/bfd/transport.ts';
import { NetworkFaults } from '../../lab/net/faults.ts';
import { createVpcNetwork, type VpcNetwork } from '../../lab/net/namespaces.ts';
import { obtainPrivilege, type Privilege } from '../../lab/net/privilege.ts';
import { labVariable } from '../../lab/processes.ts';
import { claimLabDirectory, type LabDirectory, removeLabDirectory } from '../../lab/state.ts';
import { needsNft } from '../e2e/lab/needs.ts';
import { Bird, birdMissing, type Daemon, Frr, frrMissing, type Opinion } from './bfd/daemons.ts';
import { type Change, changeSchema, type Options } from './bfd/words.ts';
import { until } from './net/network.ts';

const speakerFile = fileURLToPath(new URL('./bfd/speaker.ts', import.meta.url));
const modes = userInfo().uid === 0 ? (['root', 'rootless'] as const) : (['rootless'] as const);
const neighbours = [
  { name: 'bird', host: 'host2', missing: birdMissing(), make: Bird },
  { name: 'bfdd of FRR', host: 'host3', missing: frrMissing(), make: Frr },
] as const;

const INTERVAL_MS = 50;
const MULTIPLIER = 3;
const DETECTION_MS = INTERVAL_MS * MULTIPLIER;
/** On a machine that does other work a process may stand still for some of these, the prober of nft included. */
const DETECTIONS_MAX = 5;
/** For how many a session must have stayed up at a stretch. */
const STEADY_DETECTIONS = 20;

/** The agent's side, and what it has said. */
class Speaker {
  readonly changes: Change[] = [];
  readonly #child: ChildProcess;

  constructor(network: VpcNetwork, labId: string, options: Options) {
    const words = [process.execPath, speakerFile, JSON.stringify(options)];
    const [program = '', ...rest] = [...network.enter(network.host('host1').namespace), ...words];
    this.#child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', [labVariable]: labId },
    });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('the speaker has no voice');
    createInterface({ input: stdout }).on('line', (line) => {
      this.changes.push(changeSchema.parse(JSON.parse(line)));
    });
  }

  stateOf(node: string): string {
    return this.changes.findLast((change) => change.node === node)?.state ?? 'down';
  }

  /** Ends it in order, or as a power failure does. Resolves with its exit code. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    await gone;
    return this.#child.exitCode;
  }
}

describe.each(modes)('in a network without a link between hosts (%s)', (mode: Privilege['mode']) => {
  let lab: LabDirectory;
  let privilege: Privilege;
  let network: VpcNetwork;
  let faults: NetworkFaults;
  beforeAll(async () => {
    lab = claimLabDirectory();
    privilege = await obtainPrivilege({ labId: lab.labId, mode, visibleDirectory: lab.directory });
    network = await createVpcNetwork({
      labId: lab.labId,
      privilege,
      hosts: ['host1', 'host2', 'host3'].map((name, at) => ({ name, address: `172.31.0.${11 + at}` })),
      clientAddress: '172.31.0.100',
      gateway: '172.31.0.1',
      apiAddress: '172.31.255.1',
      imdsAddress: '169.254.169.254',
    });
    faults = new NetworkFaults(network);
  });
  afterAll(async () => {
    await network.destroy();
    await privilege.release();
    removeLabDirectory(lab.directory);
  });

  describe.each(neighbours)('$name', ({ name, host, missing, make }) => {
    let daemon: Daemon;
    let speaker: Speaker;

    const speak = (): Speaker =>
      new Speaker(network, lab.labId, {
        address: network.host('host1').address,
        port: MULTIHOP_PORT,
        intervalMs: INTERVAL_MS,
        multiplier: MULTIPLIER,
        peers: [{ node: name, address: network.host(host).address }],
      });
    beforeAll(() => {
      if (missing !== undefined) return;
      daemon = new make({
        enter: network.enter(network.host(host).namespace),
        labId: lab.labId,
        dir: join(lab.directory, host),
        address: network.host(host).address,
        peer: network.host('host1').address,
        intervalMs: INTERVAL_MS,
        multiplier: MULTIPLIER,
      });
      daemon.start();
      speaker = speak();
    });
    afterAll(async () => {
      if (missing !== undefined) return;
      await speaker.end('SIGKILL');
      await daemon.end();
    });

    /** What it thinks; a daemon that has not yet opened its control socket is asked again. */
    const opinion = (): Promise<Opinion | undefined> => {
      if (!daemon.isRunning) throw new Error(`${name} has ended: ${daemon.lastWords}`);
      return daemon.opinion().catch(() => undefined);
    };
    const bothUp = (): Promise<void> =>
      until(async () => speaker.stateOf(name) === 'up' && (await opinion())?.state === 'up');
    /** How many detection times after `fromMs` the agent knew. */
    const detectionsUntil = (change: Change | undefined, fromMs: number): number =>
      ((change?.atMs ?? Infinity) - fromMs) / DETECTION_MS;

    it('comes up, and stays up', async (context) => {
      if (missing !== undefined) return context.skip(missing);
      // On a busy machine either process may stand still for a detection time: a stretch without that is waited for.
      const steadyMs = STEADY_DETECTIONS * DETECTION_MS;
      await until(() => {
        const last = speaker.changes.at(-1);
        return last?.state === 'up' && Date.now() - last.atMs > steadyMs;
      });
      await until(async () => (await opinion())?.state === 'up');
      expect((await opinion())?.isStopped).toBe(false);
    });

    // Tried again: what cuts the network may itself be late on a busy machine.
    it('is down on both sides soon after a cut, and up again after it', { retry: 2 }, async (context) => {
      if (missing !== undefined) return context.skip(missing);
      needsNft(context);
      await bothUp();
      const beforeMs = Date.now();
      const cut = await faults.cutPeers(host);
      const afterMs = Date.now();
      await until(() => speaker.stateOf(name) === 'down');
      const down = speaker.changes.at(-1);
      expect(down?.diag).toBe('detection-time-expired');
      // The last packet came up to one interval before the cut.
      expect(detectionsUntil(down, beforeMs)).toBeGreaterThan((MULTIPLIER - 1) / MULTIPLIER - 0.1);
      expect(detectionsUntil(down, afterMs)).toBeLessThan(DETECTIONS_MAX);
      await until(async () => (await opinion())?.state === 'down');
      await faults.heal(cut);
      await bothUp();
    });

    it('that hangs is down, and up again when it goes on', { retry: 2 }, async (context) => {
      if (missing !== undefined) return context.skip(missing);
      await bothUp();
      const stoppedMs = Date.now();
      daemon.signal('SIGSTOP');
      await until(() => speaker.stateOf(name) === 'down');
      const down = speaker.changes.at(-1);
      daemon.signal('SIGCONT');
      expect(down?.diag).toBe('detection-time-expired');
      expect(detectionsUntil(down, stoppedMs)).toBeLessThan(DETECTIONS_MAX);
      await bothUp();
    });

    it('is told of an orderly end, which is no failure to it, and comes up with the next start', async (context) => {
      if (missing !== undefined) return context.skip(missing);
      await bothUp();
      expect(await speaker.end('SIGTERM')).toBe(0);
      // It stays known to the daemon for a moment only: three of the slow intervals that were announced.
      await until(async () => (await opinion())?.isStopped === true);
      expect((await opinion())?.state).toBe('down');
      speaker = speak();
      await bothUp();
    });

    it('sees a killed agent as a failure: nothing has told it of an end', async (context) => {
      if (missing !== undefined) return context.skip(missing);
      await bothUp();
      await speaker.end('SIGKILL');
      await until(async () => (await opinion())?.state === 'down');
      expect((await opinion())?.isStopped).toBe(false);
      speaker = speak();
      await bothUp();
    });
  });
});
