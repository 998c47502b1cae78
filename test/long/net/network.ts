/** A lab network of two hosts with a service each, for the tests of the network itself. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from '../../../lab/net/exec.ts';
import { createVpcNetwork, type VpcNetwork, type VpcNetworkOptions } from '../../../lab/net/namespaces.ts';
import { obtainPrivilege, type Privilege } from '../../../lab/net/privilege.ts';
import { type Probe, type ProbeEvent, type ProbeReport, startProbe } from '../../../lab/probe/probe.ts';
import { claimLabDirectory, type LabDirectory } from '../../../lab/state.ts';

export const vip = '172.31.0.201';
/** An address beside the VPC's own, and the tables that may lead to it: the client's, and host2's. */
export const overlay = '10.99.0.1';
export const tables = ['rtb-00000001', 'rtb-00000002'] as const;
export const api = '172.31.255.1';
export const imds = '169.254.169.254';
const serviceFile = fileURLToPath(new URL('../../../lab/service/main.ts', import.meta.url));
const pollMs = 10;

/** Resolves when the condition holds; the test's own time limit ends the waiting. */
export const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) {
    await new Promise((resolve) => {
      setTimeout(resolve, pollMs);
    });
  }
};

export interface WatchedProbe extends Probe {
  /** How often the service answered so far. */
  answered(): number;
  owner(): string | null;
  isSilent(): boolean;
}

export class TestNetwork {
  readonly lab: LabDirectory;
  readonly privilege: Privilege;
  readonly network: VpcNetwork;
  readonly #services: ChildProcess[] = [];

  constructor(lab: LabDirectory, privilege: Privilege, network: VpcNetwork) {
    this.lab = lab;
    this.privilege = privilege;
    this.network = network;
  }

  static async create(
    mode: Privilege['mode'],
    options: Pick<VpcNetworkOptions, 'routeTables' | 'internet'> = {},
  ): Promise<TestNetwork> {
    const lab = claimLabDirectory();
    const privilege = await obtainPrivilege({ labId: lab.labId, mode, visibleDirectory: lab.directory });
    const network = await createVpcNetwork({
      labId: lab.labId,
      privilege,
      hosts: ['host1', 'host2'].map((name, at) => ({ name, address: `172.31.0.${11 + at}` })),
      clientAddress: '172.31.0.100',
      gateway: '172.31.0.1',
      apiAddress: api,
      imdsAddress: imds,
      ...options,
    });
    const made = new TestNetwork(lab, privilege, network);
    await Promise.all(network.hosts.map((host) => made.startService(host.name)));
    return made;
  }

  async startService(host: string): Promise<ChildProcess> {
    const service = this.start(this.network.host(host).namespace, [
      process.execPath,
      serviceFile,
      `--host=${host}`,
      `--vip=${vip}`,
    ]);
    this.#services.push(service);
    if (service.stdout !== null) {
      await once(service.stdout, 'data');
    }
    return service;
  }

  start(namespace: string, argv: readonly string[]): ChildProcess {
    const [program = '', ...words] = [...this.network.enter(namespace), ...argv];
    return spawn(program, words, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', KEEPALOFT_LAB: this.lab.labId },
    });
  }

  /** Runs a program inside a host's namespace to its end; resolves with what it printed. */
  inside(host: string, ...argv: string[]): Promise<string> {
    return run([...this.network.enter(this.network.host(host).namespace), ...argv]);
  }

  /** Fetches a URL from inside a host or the client; the body, or `refused` when nothing came within half a second. */
  fetchFrom(end: string, url: string, localAddress?: string): Promise<string> {
    const namespace = end === 'client' ? this.network.client.namespace : this.network.host(end).namespace;
    const script = `
      const [url, localAddress] = process.argv.slice(1);
      const request = require('node:http').get(url, { localAddress, timeout: 500 }, (response) => {
        response.on('data', (text) => process.stdout.write(text));
      });
      request.on('timeout', () => request.destroy(new Error('timeout')));
      request.on('error', () => process.stdout.write('refused'));`;
    const words = [
      process.execPath,
      '-e',
      script,
      url,
      ...(localAddress === undefined ? [] : [localAddress]),
    ];
    return run([...this.network.enter(namespace), ...words]);
  }

  ip(host: string, ...words: string[]): Promise<string> {
    return this.inside(host, this.privilege.ip, ...words);
  }

  probe(): WatchedProbe {
    const state = { answered: 0, owner: null as string | null, isSilent: false };
    const onEvent = (event: ProbeEvent): void => {
      if (event.kind === 'progress') {
        state.answered = event.answered;
      } else if (event.kind === 'owner') {
        state.owner = event.host;
      } else {
        state.isSilent = event.kind === 'silent';
      }
    };
    const probe = startProbe({
      enter: this.network.enter(this.network.client.namespace),
      labId: this.lab.labId,
      vip,
      onEvent,
    });
    return {
      ...probe,
      answered: () => state.answered,
      owner: () => state.owner,
      isSilent: () => state.isSilent,
    };
  }

  /** Probes until at least `answers` more came back, and ends. */
  async sample(answers: number): Promise<ProbeReport> {
    const probe = this.probe();
    await until(() => probe.answered() >= answers);
    return probe.stop();
  }

  async destroy(): Promise<void> {
    await Promise.all(
      this.#services.map(async (service) => {
        const ended = service.exitCode === null && service.signalCode === null ? once(service, 'exit') : null;
        service.kill('SIGKILL');
        await ended;
      }),
    );
    await this.network.destroy();
    await this.privilege.release();
    rmSync(this.lab.directory, { recursive: true, force: true });
  }
}
