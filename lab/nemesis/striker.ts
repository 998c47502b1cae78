/** Does what a strike says to a running lab, and undoes it. */

import type { Vip } from '../../core/wire/names.ts';
import type { FaultOrder, LabInfo, LabStatus } from '../control/types.ts';
import { LabError } from '../errors.ts';
import { run } from '../net/exec.ts';
import { bestStandbyHost, type Session } from '../session.ts';
import { entryOf, type StrikeKind } from './catalogue.ts';
import { callsOf } from './fabrics.ts';
import { ForeignHand } from './hands.ts';
import type { Strike } from './schedule.ts';

/** A strike that has fallen. */
export interface Fallen {
  /** Whom it hits. */
  readonly hosts: readonly string[];
  /** Strikes on an address: whose, and which ones it strikes. */
  readonly on?: { readonly group: string; readonly vips: string[] };
  readonly detail: string;
  readonly heal: () => Promise<void>;
}

const INTERFACE = 'eth0';
const HEAL_TRIES_MAX = 3;

type GroupStatus = LabStatus['groups'][number];

/** Kinds that the lab knows under another name, or that need another target than a host. */
const orderOf = (strike: Strike, host: string, vips: readonly Vip[]): FaultOrder => {
  const { kind, whom, percent, ms, offsetMs, call = callsOf(vips)[0] ?? '' } = strike;
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
      return { kind, target: call, ...dials };
    case 'ec2-part':
      return { kind: 'ec2-error', target: call, ...dials };
    case 'addr-del':
    case 'addr-add':
    case 'assign':
    case 'route':
    case 'route-gone':
    case 'associate':
    case 'disassociate':
      throw new TypeError(`${kind} is no fault of the lab`);
    default:
      return { kind, target: whom === 'all' || whom === 'cloud' ? 'all' : host, ...dials };
  }
};

const dialsOf = ({ percent, ms, offsetMs, call }: Strike): string =>
  [
    call ?? '',
    percent === undefined ? '' : `${percent} %`,
    ms === undefined ? '' : `${ms} ms`,
    offsetMs === undefined ? '' : `off by ${offsetMs} ms`,
  ]
    .filter((part) => part !== '')
    .join(', ');

export class Striker {
  readonly #session: Session;
  readonly #info: LabInfo;
  readonly #vips: readonly Vip[];
  readonly #hand: ForeignHand;

  /** @param vips of all groups */
  constructor(session: Session, vips: readonly Vip[]) {
    this.#session = session;
    this.#info = session.info;
    this.#vips = vips;
    this.#hand = new ForeignHand(session.info);
  }

  /** @throws LabError when there is nobody to strike now, or the lab cannot do it; then nothing has happened */
  async strike(strike: Strike): Promise<Fallen> {
    const { groups } = await this.#session.status();
    const group = groups[strike.group % groups.length];
    if (group === undefined) throw new TypeError('the lab has no group');
    return entryOf(strike.kind).organ === 'address'
      ? this.#address(strike, groups)
      : this.#fault(strike, group);
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
    const { id } = await this.#session.fault(orderOf(strike, host, this.#vips));
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

  /** The first VIP that the strike fits, of the group that it is meant for or else of the next one that has such a VIP. */
  #target({ kind, group }: Strike, groups: readonly GroupStatus[]): { group: GroupStatus; vip: Vip } {
    const { on } = entryOf(kind);
    const rotated = groups.map((_, place) => groups[(group + place) % groups.length] ?? groups[0]);
    for (const one of rotated) {
      const vip = this.#vips.find(
        (candidate) =>
          on?.(candidate) === true && one?.vips.some(({ address }) => address === candidate.address),
      );
      if (one !== undefined && vip !== undefined) return { group: one, vip };
    }
    throw new LabError('nothing-to-strike', `no group has a VIP that ${kind} could strike`, {
      remedy: 'choose another fabric',
    });
  }

  /** By another hand than the agent's and the arbiter's. Whoever cares puts it right: there is nothing to heal. */
  async #address(strike: Strike, groups: readonly GroupStatus[]): Promise<Fallen> {
    const { group, vip } = this.#target(strike, groups);
    const hostName = this.#hostFor(strike, group);
    const host = this.#info.hosts.find((one) => one.name === hostName);
    if (host === undefined) throw new TypeError(`the lab has no ${hostName}`);
    const detail = await this.#lay(strike, vip, host);
    const standing = this.#vips.flatMap((one) =>
      one.fabric === 'elastic-ip' && one.private === vip.address ? [one.address] : [],
    );
    return {
      hosts: [hostName],
      on: { group: group.name, vips: [vip.address, ...standing] },
      detail: [vip.address, detail].filter((word) => word !== '').join(' '),
      heal: () => Promise.resolve(),
    };
  }

  /** @returns what else is worth telling */
  async #lay({ kind, table }: Strike, vip: Vip, host: LabInfo['hosts'][number]): Promise<string> {
    if (kind !== 'addr-del' && kind !== 'addr-add') return this.#hand.lay(kind, vip, host.eni, table ?? 0);
    const change = [...(this.#info.enter[host.netns] ?? []), 'ip', 'addr'];
    const block = `${vip.address}/${vip.address.includes(':') ? 128 : 32}`;
    await run([...change, kind === 'addr-del' ? 'del' : 'replace', block, 'dev', INTERFACE]);
    return '';
  }

  close(): void {
    this.#hand.close();
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
