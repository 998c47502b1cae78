/** Keepaloft on two hosts, as shipped: the lab's own group. */

import { commandOf } from '../agent/process.ts';
import { BenchError } from '../errors.ts';
import { hostIn, type Pair, until } from './pair.ts';
import { Afflictions, type Stage } from './stage.ts';
import type { System } from './systems.ts';

const HANDOVER_MS_MAX = 15_000;

export class KeepaloftPair implements Pair {
  readonly system: System;
  readonly stage: Stage;
  readonly vip: string;
  readonly hosts = ['host1', 'host2'] as const;
  readonly afflictions: Afflictions;

  constructor(stage: Stage, system: System) {
    const [vip] = stage.info.vips;
    if (vip === undefined) throw new BenchError('the lab has no VIP');
    this.stage = stage;
    this.system = system;
    this.vip = vip;
    this.afflictions = new Afflictions(stage.session);
  }

  async settle(preferred: string | null): Promise<string> {
    const { session } = this.stage;
    await this.afflictions.heal();
    await session.quiet();
    const { holderHost } = await session.group();
    if (holderHost === null) throw new BenchError('nobody holds the VIP');
    if (preferred === null || preferred === holderHost) return holderHost;
    await this.stop(holderHost);
    const isHandedOver = async (): Promise<boolean> => (await session.group()).holderHost === preferred;
    await until(`${preferred} takes over`, isHandedOver, HANDOVER_MS_MAX);
    await this.afflictions.heal();
    await session.quiet();
    return preferred;
  }

  kill(host: string): Promise<void> {
    return this.afflictions.add({ kind: 'kill', target: host });
  }

  stop(host: string): Promise<void> {
    return this.afflictions.add({ kind: 'stop', target: host });
  }

  async processes(host: string): Promise<number[]> {
    const { agentPid } = hostIn(await this.stage.session.client.info(), host);
    if (agentPid === null) throw new BenchError(`no agent runs on ${host}`);
    if (!commandOf(agentPid).some((word) => word.endsWith('keepaloft-agent.cjs'))) {
      throw new BenchError(`process ${agentPid} of ${host} is not the agent`);
    }
    return [agentPid];
  }

  verify(): void {
    // It starts nothing that could run away.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
