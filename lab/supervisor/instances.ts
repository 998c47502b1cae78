/** What befalls an instance as a whole, and what AWS says of it: its state in EC2, events on the bus, words of IMDS. */
import type { Clock } from '../ends/clock.ts';
import { LAB_ACCOUNT_ID, LAB_REGION } from '../ends/credentials.ts';
import type { Cloud } from '../ends/ec2/cloud.ts';
import type { InstanceState } from '../ends/ec2/model.ts';
import type { EventBus } from '../ends/events/bus.ts';
import type { ImdsEnd } from '../ends/imds/server.ts';
import type { Hosts } from './hosts.ts';
import type { PlannedHost } from './plan.ts';

/** How long the system of an instance may take to end its services before it is switched off. */
const SHUTDOWN_MS_MAX = 8000;
/** AWS tells of an interruption two minutes ahead. */
const SPOT_NOTICE_MS = 120_000;
const SPOT_PATH = 'meta-data/spot/instance-action';

export interface InstanceScene {
  readonly clock: Clock;
  readonly cloud: Cloud;
  readonly bus: EventBus;
  readonly imds: ImdsEnd;
  readonly hosts: Hosts;
}

export class Instances {
  readonly #scene: InstanceScene;

  constructor(scene: InstanceScene) {
    this.#scene = scene;
  }

  /**
   * StopInstances: the system ends its services and goes; forced, it goes at once.
   * @returns what starts it again
   */
  async stop(host: PlannedHost, isForced: boolean): Promise<() => void> {
    const { hosts } = this.#scene;
    const { name } = host;
    this.#become(host, 'stopping');
    if (!isForced) await this.#shutDown(name);
    await hosts.switchOff(name);
    this.#become(host, 'stopped');
    return () => {
      this.#become(host, 'pending');
      this.#become(host, 'running');
      hosts.startAll(host);
    };
  }

  /** TerminateInstances: as a stop, and then its interface is gone with every address on it. It never comes back. */
  async terminate(host: PlannedHost): Promise<void> {
    this.#become(host, 'shutting-down');
    await this.#shutDown(host.name);
    await this.#scene.hosts.switchOff(host.name);
    this.#become(host, 'terminated');
  }

  /** Says that a spot instance is taken away soon, and does not do it. @returns what takes it back */
  warn({ instanceId }: PlannedHost): () => void {
    const { clock, imds, bus } = this.#scene;
    const time = new Date(clock.nowMs() + SPOT_NOTICE_MS).toISOString().replace(/\.\d+Z$/, 'Z');
    imds.override(instanceId, SPOT_PATH, JSON.stringify({ action: 'terminate', time }));
    bus.put({
      source: 'aws.ec2',
      detailType: 'EC2 Spot Instance Interruption Warning',
      detail: { 'instance-id': instanceId, 'instance-action': 'terminate' },
      // Without an account, and with a zone in the place of the region: so AWS writes it.
      resources: [`arn:aws:ec2:${LAB_REGION}a:instance/${instanceId}`],
    });
    return () => imds.override(instanceId, SPOT_PATH, undefined);
  }

  /** The system ends its services, for as long as it is given. */
  async #shutDown(name: string): Promise<void> {
    const { hosts } = this.#scene;
    hosts.signal(name, 'agent', 'SIGTERM');
    await hosts.ended(name, 'agent', SHUTDOWN_MS_MAX);
  }

  #become({ instanceId }: PlannedHost, state: InstanceState): void {
    const { cloud, bus } = this.#scene;
    cloud.setInstanceState(instanceId, state);
    bus.put({
      source: 'aws.ec2',
      detailType: 'EC2 Instance State-change Notification',
      detail: { 'instance-id': instanceId, state },
      resources: [`arn:aws:ec2:${LAB_REGION}:${LAB_ACCOUNT_ID}:instance/${instanceId}`],
    });
  }
}
