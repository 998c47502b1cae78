/** Orders of an operator: names of hosts become instances, and the shipped Lambda decides. */
import * as z from 'zod/mini';
import type { OperateOrder, OperateResult } from '../control/types.ts';
import { LabError } from '../errors.ts';
import type { InvokeOutcome } from '../lambda/invocation.ts';

export interface OperatorScene {
  readonly groups: readonly string[];
  readonly hosts: readonly { readonly name: string; readonly instanceId: string }[];
  /** The host that holds the group, or would take over now, by instance id. */
  readonly resolve: (group: string, who: 'holder' | 'standby') => Promise<string | undefined>;
  /** Who gives the orders of this lab. */
  readonly by: string;
  readonly invoke: (event: unknown) => Promise<InvokeOutcome>;
}

const resultSchema = z.union([
  z.object({ refused: z.object({ code: z.string(), message: z.string() }) }),
  z.object({
    group: z.string(),
    epoch: z.int(),
    phase: z.string(),
    holder: z.nullable(z.string()),
    rev: z.int(),
  }),
]);

const nodeOf = async (order: OperateOrder, name: string, scene: OperatorScene): Promise<string> => {
  if (name === 'holder' || name === 'standby') {
    const found = await scene.resolve(order.group, name);
    if (found !== undefined) return found;
    throw new LabError('nobody', `there is no ${name} now`, { remedy: 'wait for one, or name a host' });
  }
  const host = scene.hosts.find((one) => one.name === name || one.instanceId === name);
  if (host !== undefined) return host.instanceId;
  throw new LabError('unknown-host', `the lab has no host ${name}`, {
    remedy: `name one of: ${scene.hosts.map((one) => one.name).join(', ')}, holder, standby`,
  });
};

/** The command as the Lambda takes it. */
const commandOf = async (order: OperateOrder, scene: OperatorScene): Promise<object> => {
  const { do: what, host } = order.command;
  const node = host === undefined ? undefined : await nodeOf(order, host, scene);
  if (what === 'failover') return { do: what, ...(node === undefined ? {} : { to: node }) };
  return { do: what, ...(node === undefined ? {} : { node }) };
};

/**
 * Invokes the Lambda as an operator would. A refusal by the rules is a result.
 * @throws LabError `unknown-group`, `unknown-host`, `nobody`, or `order-failed` when the Lambda itself failed
 */
export const operate = async (order: OperateOrder, scene: OperatorScene): Promise<OperateResult> => {
  if (!scene.groups.includes(order.group)) {
    throw new LabError('unknown-group', `the lab has no group ${order.group}`, {
      remedy: `name one of: ${scene.groups.join(', ')}`,
    });
  }
  const { group, ifEpoch, reason } = order;
  const command = await commandOf(order, scene);
  const epoch = ifEpoch === undefined ? {} : { ifEpoch };
  const outcome = await scene.invoke({ group, command, ...epoch, by: scene.by, reason });
  if (!outcome.ok) {
    const { errorType, errorMessage } = outcome.error;
    throw new LabError('order-failed', `the order may not have been taken: ${errorType}: ${errorMessage}`, {
      remedy: 'look at `keepaloft lab status`, then order it again',
    });
  }
  const result = resultSchema.parse(outcome.payload);
  const named = (text: string): string =>
    scene.hosts.reduce((words, host) => words.replaceAll(host.instanceId, host.name), text);
  if ('refused' in result)
    return { refused: { code: result.refused.code, message: named(result.refused.message) } };
  return { ...result, holderHost: result.holder === null ? null : named(result.holder) };
};
