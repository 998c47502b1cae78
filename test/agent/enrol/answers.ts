/** What an arbiter answers to a host that asks for its configuration. */
import { agentGroupDocument } from '../../../core/wire/compile.ts';
import { keepaloftFileSchema } from '../../../core/wire/config.ts';
import type { EnrolResponse } from '../../../core/wire/enrol.ts';

export const NODE = 'i-0123456789abcdef0';

/** One group, as a deployment has it. */
export const groupOf = (fields: object = {}, last = '201'): Record<string, unknown> => {
  const { groups } = keepaloftFileSchema.parse({
    version: 1,
    groups: {
      one: {
        vips: [{ address: `172.31.0.${last}`, fabric: 'secondary-ip' }],
        members: [{ instance: NODE, priority: 150 }],
        ...fields,
      },
    },
  });
  const { one } = groups;
  if (one === undefined) throw new Error('no group');
  return agentGroupDocument(one, NODE);
};

export const answerOf = (
  groups: Record<string, unknown> = { mysql: groupOf() },
  refused?: EnrolResponse['refused'],
): EnrolResponse => ({
  v: 1,
  hash: '0123456789abcdef',
  config: { version: 1, groups },
  ...(refused === undefined ? {} : { refused }),
});
