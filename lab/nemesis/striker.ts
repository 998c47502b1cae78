/** Does what a strike says to a running lab, and undoes it. */
import type { FaultOrder, LabInfo, LabStatus } from '../control/types.ts';
import { LabError } from '../errors.ts';
import { run } from '../net/exec.ts';
import { stageOf } from '../scenario/stage.ts';
import { bestStandbyHost, type Session } from '../session.ts';
import type { StrikeKind } from './catalogue.ts';
import type { Strike } from './schedule.ts';

/** A strike that has fallen. */
export interface Fallen {
  /** Whom it hits. */
  readonly hosts: readonly string[];
  /** Strikes on an address: whose. */
  readonly group?: string;
  readonly detail: string;
  readonly heal: () => Promise<void>;
}

const ASSIGN = 'AssignPrivateIpAddresses';
const INTERFACE = 'eth0';
const HEAL_TRIES_MAX = 3;

type GroupStatus = LabStatus['groups'][number];

/** Kinds that the lab knows under another name, or that need another target than a host. */
const orderOf = ({ kind, whom, percent, ms, offsetMs }: Strike, host: string): FaultOrder => {
  const dials = {
    ...(percent === undefined ? {} : { percent }),
    ...(ms === undefined ? {} : { ms }),
    ...(offsetMs === undefined ? {} : { offsetMs }),
  };
  switch (kind) {
    case 'blackout':
      return { kind: 'cut-arbiter', target: 'all' };
    case 'arbiter-clock':
      return { kind: 'clock', target: 'arbiter', ...dials };
    case 'loss':
    case 'delay':
      return { kind, target: `${host}/arbiter`, ...dials };
    case 'ec2-stale':
      return { kind, target: ASSIGN, ...dials };
    case 'addr-del':
    case 'addr-add':
    case 'assign':
      throw new TypeError(`${kind} is no fault of the lab`);
    default:
      return { kind, target: whom === 'all' || whom === 'cloud' ? 'all' : host, ...dials };
  }
};

const dialsOf = ({ percent, ms, offsetMs }: Strike): string =>
  [
    percent === undefined ? '' : `${percent} %`,
    ms === undefined ? '' : `${ms} ms`,
    offsetMs === undefined ? '' : `off by ${offsetMs} ms`,
  ]
    .filter((part) => part !== '')
    .join(', ');

export class Striker {
  readonly #session: Session;
  readonly #info: LabInfo;

  constructor(session: Session) {
    this.#session = session;
    this.#info = session.info;
  }

  /** @throws LabError when there is nobody to strike now, or the lab cannot do it; then nothing has happened */
  async strike(strike: Strike): Promise<Fallen> {
    const { groups } = await this.#session.status();
    const group = groups[strike.group % groups.length];
    if (group === undefined) throw new TypeError('the lab has no group');
    switch (strike.kind) {
      case 'addr-del':
      case 'addr-add':
      case 'assign':
        return this.#address(strike.kind, group, this.#hostFor(strike, group));
      default:
        return this.#fault(strike, group);
    }
  }

  #hostFor({ whom }: Strike, group: GroupStatus): string {
    const host = whom === 'holder' ? group.holderHost : bestStandbyHost(group);
    if (host === null || host === undefined)
      throw new LabError('nobody', `there is no ${whom} of ${group.name} now`, { remedy: 'wait for one' });
    return host;
  }

  async #fault(strike: Strike, group: GroupStatus): Promise<Fallen> {
    const isOne = strike.whom === 'holder' || strike.whom === 'standby';
    const host = isOne ? this.#hostFor(strike, group) : '';
    const { id } = await this.#session.fault(orderOf(strike, host));
    return {
      hosts: isOne ? [host] : this.#info.hosts.map((one) => one.name),
      detail: dialsOf(strike),
      heal: () => this.#heal(id, strike.kind),
    };
  }

  /** A restart has nothing to heal. */
  async #heal(id: string, kind: StrikeKind): Promise<void> {
    if (kind !== 'restart') await this.#session.heal(id);
  }

  /** By another hand than the agent's and the arbiter's. Whoever cares puts it right: there is nothing to heal. */
  async #address(
    kind: 'addr-del' | 'addr-add' | 'assign',
    { name, vips }: GroupStatus,
    hostName: string,
  ): Promise<Fallen> {
    const vip = vips[0]?.address ?? '';
    const host = this.#info.hosts.find((one) => one.name === hostName);
    if (host === undefined) throw new TypeError(`the lab has no ${hostName}`);
    if (kind === 'assign') await stageOf(this.#info).assign(vip, host.eni);
    else {
      const change = [...(this.#info.enter[host.netns] ?? []), 'ip', 'addr'];
      await run([...change, kind === 'addr-del' ? 'del' : 'replace', `${vip}/32`, 'dev', INTERFACE]);
    }
    return { hosts: [hostName], group: name, detail: vip, heal: () => Promise.resolve() };
  }

  /** Whatever happened, everything is healed afterwards. */
  async healAll(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#session.heal();
        return;
      } catch (error) {
        if (tries >= HEAL_TRIES_MAX) throw error;
      }
    }
  }
}
