/** An arbiter to operate: the shipped admin handler behind the lab's API Gateway end, on a real table, time standing still. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Input } from '../../../core/election/types.ts';
import { after } from '../../../core/time.ts';
import type { GroupReport } from '../../../core/wire/heartbeat.ts';
import { ApiGateway } from '../../../lab/ends/api/gateway.ts';
import { LabClock } from '../../../lab/ends/clock.ts';
import { CredentialStore, MEMBER_ROLE, type Principal } from '../../../lab/ends/credentials.ts';
import { createHandler } from '../../../lambdas/admin/handler.ts';
import { arbitrate } from '../../../lambdas/arbiter/run.ts';
import { createStore } from '../../../lambdas/store/store.ts';
import { type TestDeps, testDeps } from '../../lambdas/deps.ts';
import { openEc2 } from '../../lambdas/fabric/secondary-ip/world.ts';
import { config, nodeA, nodeB, nodeC, report, VIP } from '../../lambdas/fixtures.ts';
import { context } from '../../lambdas/heartbeat/events.ts';
import { startTable, TABLE } from '../../lambdas/table.ts';

const main = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const environment = { tableName: TABLE, logLevel: 'INFO', memberRoles: undefined } as const;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a process, with nothing of this one's environment but where programs are. */
export const keepaloft = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const variables = { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', LANG: 'C.UTF-8', ...env };
    execFile(process.execPath, [main, ...args], { env: variables }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });

export interface OperatedWorld {
  readonly deps: TestDeps;
  readonly endpoint: string;
  /** Who may operate, who may not, and whom nobody knows. */
  readonly env: Record<'operator' | 'member' | 'stranger', NodeJS.ProcessEnv>;
  /** Shifts the arbiter's clock; otherwise it stands still. */
  advance(ms: number): void;
  /** A new group that its best member holds, and everybody has just beaten. */
  held(group: string): Promise<void>;
  beat(group: string, node: typeof nodeA, fields?: Partial<GroupReport>): Promise<void>;
  close(): Promise<void>;
}

const envOf = (
  endpoint: string,
  keys: Omit<Principal, 'arn'> | { accessKeyId: string; secretAccessKey: string },
) => ({
  KEEPALOFT_ENDPOINT: endpoint,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: keys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  ...('sessionToken' in keys && keys.sessionToken !== undefined
    ? { AWS_SESSION_TOKEN: keys.sessionToken }
    : {}),
});

export const openWorld = async (): Promise<OperatedWorld> => {
  const [table, ec2] = await Promise.all([startTable(), openEc2()]);
  const clock = new LabClock();
  const credentials = new CredentialStore({ clock });
  let now = testDeps(createStore({ client: table.client, tableName: TABLE }), ec2.fabric).clock();
  const deps = testDeps(createStore({ client: table.client, tableName: TABLE }), ec2.fabric, {
    clock: () => now,
  });
  const handler = createHandler(() => ({ environment, deps }));
  const gateway = new ApiGateway({
    clock,
    credentials,
    routes: { 'POST /v1/admin': 'admin' },
    invoke: async (_name, event) => ({ ok: true, requestId: 'r', payload: await handler(event, context) }),
  });
  const endpoint = `http://127.0.0.1:${await gateway.listen()}`;
  let seq = 0;
  const beat: OperatedWorld['beat'] = async (group, node, fields = {}) => {
    const priority = config.members[node]?.priority ?? 1;
    const { holder } = await deps.store.load(group);
    const vips = { [VIP]: { bound: holder === node, inFabric: holder === node } };
    const said = report({ name: group, priority, vips, ...fields });
    const input: Input = { kind: 'report', node, beat: { boot: 1, seq: (seq += 1) }, report: said };
    await arbitrate(input, { group, alone: true, startedAt: now }, deps);
  };
  const stranger = { accessKeyId: 'AKIAWRONGWRONGWRONG0', secretAccessKey: 'wrong' };
  return {
    deps,
    endpoint,
    env: {
      operator: envOf(endpoint, credentials.operator()),
      member: envOf(endpoint, credentials.session(MEMBER_ROLE, nodeA)),
      stranger: envOf(endpoint, stranger),
    },
    advance: (ms) => {
      now = after(now, ms);
    },
    beat,
    async held(group) {
      await deps.store.putConfig({ ...config, group });
      for (const node of [nodeA, nodeB, nodeC]) await beat(group, node);
      now = after(now, config.leaseMs);
      for (const node of [nodeA, nodeB, nodeC, nodeA]) await beat(group, node);
    },
    async close() {
      await gateway.close();
      await Promise.all([table.close(), ec2.close()]);
    },
  };
};
