/** Every kind of fault there is. */
import type { FaultKind } from './fault.ts';
import { ON_ARBITER } from './on-arbiter.ts';
import { ON_CLOUD } from './on-cloud.ts';
import { ON_CONTROL } from './on-control.ts';
import { ON_FABRIC } from './on-fabric.ts';
import { ON_HOSTS } from './on-hosts.ts';
import { ON_NETWORK } from './on-network.ts';
import { ON_PEERS } from './on-peers.ts';
import { ON_SERVICES } from './on-services.ts';
import { AT_TRANSFERS } from './traps.ts';

export const FAULTS: readonly FaultKind[] = [
  ...ON_HOSTS,
  ...ON_SERVICES,
  ...ON_NETWORK,
  ...ON_PEERS,
  ...ON_ARBITER,
  ...ON_FABRIC,
  ...ON_CONTROL,
  ...ON_CLOUD,
  ...AT_TRANSFERS,
];

const BY_NAME = new Map(FAULTS.map((kind) => [kind.name, kind]));

/** @throws RangeError for a name that is not in the table */
export const faultKind = (name: string): FaultKind => {
  const kind = BY_NAME.get(name);
  if (kind === undefined) throw new RangeError(`there is no fault ${name}`);
  return kind;
};
