/** A table, EC2 and the functions that hosts and deployments meet, for tests of who is told what. */

import { agentFileSchema } from '../../../core/wire/config.ts';
import { type EnrolResponse, enrolResponseSchema } from '../../../core/wire/enrol.ts';
import { errorBodySchema, type WireError } from '../../../core/wire/heartbeat.ts';
import { type ConfigureDeps, configure } from '../../../lambdas/configure/configure.ts';
import { createHandler } from '../../../lambdas/enroll/handler.ts';
import type { SeatDeps } from '../../../lambdas/enroll/seat.ts';
import type { HttpAnswer } from '../../../lambdas/http/respond.ts';
import { createClaims } from '../../../lambdas/store/claims.ts';
import { createDocuments, type GroupDocument } from '../../../lambdas/store/documents.ts';
import { createRosters } from '../../../lambdas/store/rosters.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { openTable } from '../../../lambdas/store/table.ts';
import { type TestDeps, testDeps } from '../deps.ts';
import { openEc2 } from '../fabric/secondary-ip/world.ts';
import { context, eventOf } from '../heartbeat/events.ts';
import { startTable, TABLE } from '../table.ts';

export const environment = { tableName: TABLE, logLevel: 'INFO', memberRoles: ['KeepaloftMember'] } as const;
const STACK = 'arn:aws:cloudformation:us-east-1:111122223333:stack/ha/1';

/** A group with one VIP, which ends in `last`. */
export const groupOf = (last: string, fields: object) => ({
  vips: [{ address: `172.31.0.${last}`, fabric: 'secondary-ip' }],
  ...fields,
});

/** As the agent reads it, once it has added what only the host knows. */
export const fileOf = ({ config }: EnrolResponse) =>
  agentFileSchema.parse({ ...config, endpoint: 'https://api.example', region: 'us-east-1' });

/** Who is a member of which group is a question to the whole table: every test has its own. */
export const openWorld = async () => {
  const table = await startTable();
  const ec2 = await openEc2();
  const store = createStore({ client: table.client, tableName: TABLE });
  const items = openTable({ client: table.client, tableName: TABLE });
  const documents = createDocuments(items);
  const deps: TestDeps & ConfigureDeps & SeatDeps = {
    ...testDeps(store, ec2.fabric),
    ec2: ec2.client,
    claims: createClaims(items),
    documents,
    rosters: createRosters(store, documents, items),
    pause: async () => undefined,
  };
  const handler = createHandler(() => ({ environment, deps }));
  const ask = (signer: string, body: object = { v: 1, node: signer, agent: '0.1.0' }): Promise<HttpAnswer> =>
    handler(eventOf(signer, JSON.stringify(body)), context);
  return {
    deps,
    raw: table.raw,
    cloud: ec2.cloud,
    throttleEc2: ec2.throttle,
    ask,
    deploy: (name: string, group: object) =>
      configure(
        {
          RequestType: 'Create',
          ResourceType: 'Custom::KeepaloftGroup',
          StackId: STACK,
          LogicalResourceId: `Group-${name}`,
          ResourceProperties: { Document: JSON.stringify({ version: 1, groups: { [name]: group } }) },
        },
        deps,
      ),
    /** The answer to a host that is a member. */
    told: async (node: string): Promise<EnrolResponse> => {
      const { statusCode, body } = await ask(node);
      if (statusCode !== 200) throw new Error(`${node} was answered ${statusCode}: ${body}`);
      return enrolResponseSchema.parse(JSON.parse(body));
    },
    refusal: async (...args: Parameters<typeof ask>): Promise<WireError & { status: number }> => {
      const answer = await ask(...args);
      return { ...errorBodySchema.parse(JSON.parse(answer.body)).error, status: answer.statusCode };
    },
    membersOf: async (group: string): Promise<string[]> => {
      const { configHash } = await store.load(group);
      return Object.keys((await store.loadConfig(group, configHash)).members).toSorted();
    },
    documentOf: async (group: string): Promise<GroupDocument> => {
      const found = await documents.load(group, (await store.load(group)).configHash);
      if (found === undefined) throw new Error(`nothing was deployed for ${group}`);
      return found;
    },
    /** Starts an instance in the members' subnet. */
    instance: (index: number, tags: Record<string, string> = {}): string => {
      const two = String(index).padStart(2, '0');
      const id = `0d0000000000000${two}`;
      ec2.cloud.addInstance({
        instanceId: `i-${id}`,
        networkInterfaceId: `eni-${id}`,
        subnetId: 'subnet-0a000000000000001',
        privateIpAddress: `172.31.0.${40 + index}`,
        macAddress: `02:00:ac:1f:01:${two}`,
        tags,
      });
      return `i-${id}`;
    },
    close: async () => {
      await ec2.close();
      await table.close();
    },
  };
};
export type EnrolWorld = Awaited<ReturnType<typeof openWorld>>;
