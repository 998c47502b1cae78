/** The real world that a scenario is played in: a running lab, its client, its hosts and its EC2 end. */

import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { isIpv6 } from '../../core/wire/ipv6.ts';
import { connectLab, type LabClient } from '../control/client.ts';
import type { LabInfo } from '../control/types.ts';
import { LabError } from '../errors.ts';
import { labPath } from '../net/exec.ts';
import type { Question } from '../probe/question.ts';
import { probeIntervalMs, questionIntervalMs, type WatchedProbe, watchProbes } from './watch.ts';

/** A program in a scenario takes no longer. */
const runMsMax = 30_000;
const outputLengthMax = 4000;

export interface Finished {
  exit: number;
  output: string;
}

/** What a player needs of the world. Tests bring another one. */
export interface Stage {
  info: LabInfo;
  client: LabClient;
  /** A client: it asks these questions, or without any sends a probe to every VIP of the lab. */
  watch(questions: readonly Question[]): WatchedProbe;
  /** Runs a program in a namespace, or with null on the machine itself with the operator's credentials. */
  run(netns: string | null, argv: readonly string[], signal: AbortSignal): Promise<Finished>;
  /** An EC2 call that the arbiter knows nothing of; with a table the address is a route's. */
  assign(vip: string, eni: string, table?: string): Promise<void>;
  nowMs(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

const runProgram = (
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Finished> =>
  new Promise((resolve, reject) => {
    const [program = '', ...words] = argv;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(runMsMax)]);
    const child = spawn(program, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
      signal: limit,
      killSignal: 'SIGKILL',
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (part: Buffer) => {
        output = (output + part.toString()).slice(-outputLengthMax);
      });
    }
    child.once('error', (cause) => {
      const remedy = 'install it, or correct the scenario';
      reject(new LabError('run-failed', `${argv.join(' ')}: ${cause.message}`, { remedy, cause }));
    });
    child.once('close', (code) => resolve({ exit: code ?? -1, output: output.trim() }));
  });

const assignWith = async (info: LabInfo, vip: string, eni: string, table?: string): Promise<void> => {
  const { AssignPrivateIpAddressesCommand, EC2Client, ReplaceRouteCommand } = await import(
    '@aws-sdk/client-ec2'
  );
  const ec2 = new EC2Client({
    region: info.env['AWS_REGION'] ?? 'us-east-1',
    endpoint: info.endpoints.ec2,
    credentials: {
      accessKeyId: info.env['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: info.env['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
  try {
    if (table !== undefined) {
      const route = { RouteTableId: table, DestinationCidrBlock: `${vip}/32` };
      await ec2.send(new ReplaceRouteCommand({ ...route, NetworkInterfaceId: eni }));
    } else if (isIpv6(vip)) {
      const { giveIpv6 } = await import('../control/give-ipv6.ts');
      await giveIpv6(ec2, vip, eni);
    } else {
      await ec2.send(
        new AssignPrivateIpAddressesCommand({
          NetworkInterfaceId: eni,
          PrivateIpAddresses: [vip],
          AllowReassignment: true,
        }),
      );
    }
  } finally {
    ec2.destroy();
  }
};

/** The stage of a running lab. */
export const stageOf = (info: LabInfo): Stage => ({
  info,
  client: connectLab(info.dir),
  watch: (questions) =>
    questions.length === 0
      ? watchProbes(info, info.vips, { intervalMs: probeIntervalMs(info.vips.length) })
      : watchProbes(info, [], { questions, intervalMs: questionIntervalMs }),
  run: (netns, argv, signal) => {
    const base = { ...process.env, PATH: labPath(), KEEPALOFT_LAB: info.lab };
    const env = netns === null ? { ...base, ...info.env } : base;
    return runProgram([...(netns === null ? [] : (info.enter[netns] ?? [])), ...argv], env, signal);
  },
  assign: (vip, eni, table) => assignWith(info, vip, eni, table),
  nowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal });
  },
});
