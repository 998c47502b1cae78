/** What the shipped agent takes from its host, as holder and as standby. */
import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod/mini';
import { journalFrom } from '../../lab/control/client.ts';
import { BenchError } from '../errors.ts';
import { inLab, type Stage } from '../lab.ts';
import * as show from '../numbers.ts';
import { limited, type MeasureContext, type Row, section } from '../section.ts';
import { commandOf, cpuTimeOf, memoryOf, TICKS_PER_SECOND } from './process.ts';

const RSS_KB_MAX = 70 * 1024;
const CPU_SHARE_MAX = 0.005;
/** Start-up and compilation are over by then. */
const SETTLE_MS = 20_000;
const WINDOW_MS = 60_000;
const PROGRESS_MS = 10_000;

const agentSchema = z.object({
  host: z.string(),
  role: z.enum(['holder', 'standby']),
  rssKb: z.int(),
  anonKb: z.int(),
  peakKb: z.int(),
  /** Share of one core, 0 to 1: the agent itself, and the commands it runs. */
  cpuShare: z.number(),
  childShare: z.number(),
  /** Heartbeats a second in the window. */
  beatsPerSecond: z.number(),
});
type AgentData = z.infer<typeof agentSchema>;
const schema = z.object({ windowMs: z.number(), agents: z.array(agentSchema) });
type Data = z.infer<typeof schema>;

interface Watched {
  readonly host: string;
  readonly pid: number;
}

const agentsOf = async ({ client }: Stage): Promise<Watched[]> => {
  const { hosts } = await client.info();
  return hosts.map(({ name, agentPid }) => {
    if (agentPid === null) throw new BenchError(`no agent runs on ${name}`);
    if (!commandOf(agentPid).some((word) => word.endsWith('keepaloft-agent.cjs'))) {
      throw new BenchError(`process ${agentPid} of ${name} is not the agent`);
    }
    return { host: name, pid: agentPid };
  });
};

const waitWindow = async (ms: number, what: string, { progress, signal }: MeasureContext): Promise<void> => {
  for (let leftMs = ms; leftMs > 0; leftMs -= PROGRESS_MS) {
    progress(`${what}: ${Math.round(leftMs / 1000)} s left`);
    await delay(Math.min(leftMs, PROGRESS_MS), undefined, { signal });
  }
};

const beatsBy = async ({ client }: Stage, from: number): Promise<Map<string, number>> => {
  const counts = new Map<string, number>();
  for (const entry of (await journalFrom(client, from)).entries) {
    const host = entry['host'];
    if (entry.kind === 'beat' && typeof host === 'string') counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  return counts;
};

const measure = (context: MeasureContext): Promise<Data> =>
  inLab(context, async (stage) => {
    const { session, client } = stage;
    await session.quiet();
    await waitWindow(SETTLE_MS, 'letting the agents settle', context);
    const agents = await agentsOf(stage);
    const { holderHost, epoch } = await session.group();
    const { next } = await journalFrom(client);
    const startMs = performance.now();
    const before = new Map(agents.map(({ host, pid }) => [host, cpuTimeOf(pid)]));
    await waitWindow(WINDOW_MS, 'watching the agents', context);
    const windowMs = performance.now() - startMs;
    const after = agents.map(({ host, pid }) => ({ host, cpu: cpuTimeOf(pid), ...memoryOf(pid) }));
    const beats = await beatsBy(stage, next);
    if ((await session.group()).epoch !== epoch) throw new BenchError('the group moved while it was watched');
    const shareOf = (ticks: number): number => ((ticks / TICKS_PER_SECOND) * 1000) / windowMs;
    return {
      windowMs: Math.round(windowMs),
      agents: after.map(({ host, cpu, ...memory }): AgentData => {
        const earlier = before.get(host) ?? cpu;
        return {
          host,
          role: host === holderHost ? 'holder' : 'standby',
          ...memory,
          cpuShare: shareOf(cpu.own - earlier.own),
          childShare: shareOf(cpu.children - earlier.children),
          beatsPerSecond: ((beats.get(host) ?? 0) * 1000) / windowMs,
        };
      }),
    };
  });

const megabytes = (kb: number): string => `${(kb / 1024).toFixed(1)} MB`;

const agentRows = ({ host, role, ...agent }: AgentData): Row[] => {
  const who = `${role} (${host})`;
  const share = agent.cpuShare + agent.childShare;
  const parts = `agent ${show.percent(agent.cpuShare)}, commands it runs ${show.percent(agent.childShare)}`;
  return [
    limited(
      `${who}: resident memory`,
      `${megabytes(agent.rssKb)} (anonymous ${megabytes(agent.anonKb)}, peak ${megabytes(agent.peakKb)})`,
      '≤ 70 MB',
      agent.rssKb <= RSS_KB_MAX,
    ),
    limited(
      `${who}: CPU, share of one core at ${agent.beatsPerSecond.toFixed(2)} heartbeats a second`,
      `${show.percent(share)} (${parts})`,
      `≤ ${CPU_SHARE_MAX * 100} %`,
      share <= CPU_SHARE_MAX,
    ),
  ];
};

const tell = ({ windowMs, agents }: Data) => ({
  rows: agents
    .toSorted((a, b) => (a.role === b.role ? a.host.localeCompare(b.host) : a.role === 'holder' ? -1 : 1))
    .flatMap(agentRows),
  notes: [
    `The shipped agent in a lab of three hosts, one group, one tcp check every second, ${SETTLE_MS / 1000} s after the group came to rest. CPU is utime + stime from \`/proc/PID/stat\` over ${Math.round(windowMs / 1000)} s (one tick of 10 ms is ${show.percent(10 / windowMs)}); "commands" are the children it waited for. Memory is VmRSS, RssAnon and VmHWM from \`/proc/PID/status\`; what is not anonymous is mostly Node's own program, which processes share.`,
  ],
});

export const agent = section({
  title: 'Agent',
  summary: `memory and CPU as holder and standby over ${WINDOW_MS / 1000} s`,
  schema,
  measure,
  tell,
});
