/** One lab with a pair of hosts for each system that is compared in it, all at the same speed of the API. */
import { AssignPrivateIpAddressesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { launchLab } from '../../lab/control/launch.ts';
import type { FaultOrder, LabInfo } from '../../lab/control/types.ts';
import { LabError } from '../../lab/errors.ts';
import { killAll, processesOfLab } from '../../lab/processes.ts';
import { Session } from '../../lab/session.ts';
import { FabricWatch } from './fabric.ts';
import type { Programs } from './programs.ts';
import type { Api, System } from './systems.ts';
import type { Timetable } from './timetable.ts';

/** VIPs of keepalived's pairs; the lab's own group has the address before them. */
const FIRST_VIP = 202;

export const vipOf = (index: number): string => `172.31.0.${FIRST_VIP + index}`;

export interface Stage {
  readonly api: Api;
  readonly session: Session;
  readonly info: LabInfo;
  readonly fabric: FabricWatch;
  readonly programs: Programs;
  readonly timetable: Timetable;
  /** Gives an address to an interface, as an operator would do it by hand. */
  readonly assign: (eni: string, vip: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface StageOptions {
  readonly api: Api;
  /** The systems besides Keepaloft. */
  readonly scripted: readonly System[];
  readonly programs: Programs;
  readonly timetable: Timetable;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** @throws LabError; nothing is left behind then */
export const openStage = async (options: StageOptions): Promise<Stage> => {
  const { api, scripted, programs, timetable, signal, progress } = options;
  const { ackMs, propagationMs } = api;
  const vips = scripted.map((_, index) => vipOf(index));
  const others = scripted.length === 0 ? {} : { scripted: { hosts: 2 * scripted.length, vips } };
  const info = await launchLab(
    { hosts: 2, ackMs, propagationMs, ...others },
    { signal, onProgress: (sentence) => progress(`${api.id}: ${sentence}`) },
  );
  const session = new Session(info);
  const fabric = new FabricWatch(info, programs);
  const ec2 = new EC2Client({
    region: info.env['AWS_REGION'] ?? '',
    endpoint: info.endpoints.ec2,
    credentials: {
      accessKeyId: info.env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: info.env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  return {
    api,
    session,
    info,
    fabric,
    programs,
    timetable,
    assign: async (eni, vip) => {
      const input = { NetworkInterfaceId: eni, PrivateIpAddresses: [vip], AllowReassignment: true };
      await ec2.send(new AssignPrivateIpAddressesCommand(input));
    },
    close: async () => {
      ec2.destroy();
      await fabric.close();
      await session.close();
      // Scripts that keepalived has started outlive it.
      await killAll(() => processesOfLab(info.lab));
    },
  };
};

/** The faults of one pair, so that it can be healed without healing the others. */
export class Afflictions {
  readonly #session: Session;
  #ids: string[] = [];

  constructor(session: Session) {
    this.#session = session;
  }

  async add(order: FaultOrder): Promise<void> {
    this.#ids.push((await this.#session.fault(order)).id);
  }

  /** Ends them all; one that has ended by itself is no failure. */
  async heal(): Promise<void> {
    const ids = this.#ids;
    this.#ids = [];
    for (const id of ids) {
      await this.#session.heal(id).catch((error: unknown) => {
        if (!(error instanceof LabError) || error.code !== 'no-such-fault') throw error;
      });
    }
  }
}
