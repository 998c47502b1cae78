/** Makes those checks of the configuration once whose result tells what the agent will find: interfaces, pings, files. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckResult } from '../../../core/checks.ts';
import type { AgentFile, HostCheck } from '../../../core/wire/config.ts';
import { createFileProbe } from '../../checks/file.ts';
import { createInterfaceProbe } from '../../checks/interface.ts';
import { createPingProbe } from '../../checks/ping.ts';
import type { Probe } from '../../checks/probe.ts';
import type { CheckFacts } from '../facts.ts';
import { textOf } from './files.ts';

type Made = Pick<CheckFacts, 'kind' | 'target'> & { readonly probe: Probe };

const madeOf = (check: HostCheck): Made | undefined => {
  if ('interface' in check)
    return { kind: 'interface', target: check.interface, probe: createInterfaceProbe(check) };
  if ('ping' in check) return { kind: 'ping', target: check.ping, probe: createPingProbe(check) };
  if ('file' in check) return { kind: 'file', target: check.file, probe: createFileProbe(check) };
  return undefined;
};

/** Each at the same time; a ping takes as long as its time limit says. */
export const lookAtChecks = async ({ groups }: AgentFile): Promise<CheckFacts[]> => {
  const made = Object.entries(groups).flatMap(([group, { checks }]) =>
    Object.entries(checks).flatMap(([name, check]) => {
      const one = madeOf(check);
      return one === undefined ? [] : [{ ...one, use: `check ${name} of ${group}`, timeout: check.timeout }];
    }),
  );
  return Promise.all(
    made.map(async ({ use, kind, target, probe, timeout }): Promise<CheckFacts> => {
      const result: CheckResult = await probe(AbortSignal.timeout(timeout));
      return { use, kind, target, isAbsent: kind === 'file' && !existsSync(target), result };
    }),
  );
};

/** Of linux/capability.h. */
const CAP_NET_RAW = 13n;
/** The group as which the unit runs the agent. */
const AGENT_GROUP = 0;

/**
 * Whether the agent may open a socket for pings. It is not tried: this command has rights that the unit does not give.
 * @param pid of the running agent
 * @param root where /proc is, for tests
 */
export const agentMayPing = (pid: number | undefined, root = '/'): boolean | undefined => {
  const range = textOf(join(root, 'proc/sys/net/ipv4/ping_group_range'));
  const [least, most] = (range ?? '').trim().split(/\s+/u).map(Number);
  if (least === undefined || most === undefined || Number.isNaN(most)) return undefined;
  if (least <= AGENT_GROUP && AGENT_GROUP <= most) return true;
  const status = pid === undefined ? undefined : textOf(join(root, `proc/${pid}/status`));
  const rights = /^CapEff:\s*([0-9a-f]+)$/mu.exec(status ?? '')?.[1];
  return rights !== undefined && ((BigInt(`0x${rights}`) >> CAP_NET_RAW) & 1n) === 1n;
};
