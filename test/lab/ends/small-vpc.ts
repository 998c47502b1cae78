/** A small cloud for the tests of the lab's ends: one subnet, three instances, and a clock that can be held still. */
import type { Cancel, Clock } from '../../../lab/ends/clock.ts';
import { CredentialStore } from '../../../lab/ends/credentials.ts';
import { Cloud, type CloudOptions } from '../../../lab/ends/ec2/cloud.ts';

export const SUBNET = 'subnet-00000000000000001';
export const VPC = 'vpc-00000000000000001';
export const instanceId = (n: number): string => `i-0000000000000000${n}`;
export const eni = (n: number): string => `eni-0000000000000000${n}`;

/** A clock that moves only when told to; timers fire in order of their due times. */
export class ManualClock implements Clock {
  #nowMs: number;
  #timers: { dueMs: number; run: () => void }[] = [];

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    const timer = { dueMs: this.#nowMs + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.#nowMs = Math.max(this.#nowMs, due.dueMs);
      due.run();
    }
    this.#nowMs = endMs;
  }
}

export function smallCloud(options: CloudOptions): Cloud {
  const cloud = new Cloud(options);
  cloud.addSubnet({
    subnetId: SUBNET,
    vpcId: VPC,
    cidrBlock: '172.31.0.0/24',
    availabilityZone: 'us-east-1a',
    tags: { Name: 'lab' },
  });
  for (const n of [1, 2, 3]) {
    cloud.addInstance({
      instanceId: instanceId(n),
      networkInterfaceId: eni(n),
      subnetId: SUBNET,
      privateIpAddress: `172.31.0.1${n}`,
      macAddress: `02:00:ac:1f:00:1${n}`,
      tags: { Name: `host${n}`, role: n < 3 ? 'db' : 'web' },
    });
  }
  return cloud;
}

export const storeOf = (clock: Clock): CredentialStore => new CredentialStore({ clock });
