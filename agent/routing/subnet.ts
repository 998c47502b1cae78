/** The subnet of an interface, as the cloud's metadata service knows it. */
import { readFileSync } from 'node:fs';
import { blockIn } from '../../core/wire/host-routing.ts';
import { messageOf } from '../errors.ts';
import type { Imds } from '../host/imds.ts';
import type { Log } from '../log.ts';

const MAC = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/;
/** A VIP that comes or goes waits no longer; the answer that comes later is there at the next look. */
const PATIENCE_MS = 200;

const macOf = (device: string): string => readFileSync(`/sys/class/net/${device}/address`, 'utf8').trim();

export interface SubnetDeps {
  readonly imds: Pick<Imds, 'subnetOf'>;
  readonly log: Pick<Log, 'debug'>;
  readonly mac?: (device: string) => string;
}

/** Asks until there is an answer, which then holds: an interface stays in its subnet. */
export const createSubnets = ({ imds, log, mac = macOf }: SubnetDeps) => {
  const known = new Map<string, string>();
  const asking = new Map<string, Promise<string | undefined>>();

  const ask = async (device: string): Promise<string | undefined> => {
    try {
      const own = mac(device);
      const cidr = MAC.test(own) ? await imds.subnetOf(own) : undefined;
      if (cidr === undefined || blockIn(cidr) === undefined) return undefined;
      known.set(device, cidr);
      return cidr;
    } catch (cause) {
      log.debug({ device, error: messageOf(cause) }, 'the subnet of the interface is not known');
      return undefined;
    }
  };

  const begin = (device: string): Promise<string | undefined> => {
    const asked = ask(device);
    asking.set(device, asked);
    void asked.then(() => asking.delete(device));
    return asked;
  };

  return async (device: string): Promise<string | undefined> => {
    const cidr = known.get(device);
    if (cidr !== undefined) return cidr;
    const asked = asking.get(device) ?? begin(device);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
    });
    const answer = await Promise.race([asked, late]);
    clearTimeout(timer);
    return answer;
  };
};
