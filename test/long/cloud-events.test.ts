// Proves, in a lab with real packets, that what AWS says of the holder's machine moves the VIP long before a lease could, that without
// the events the lease and the sweep do it, and that the sweep moves back an address that was taken where no agent could see it.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { SETTLE_MS } from '../../core/election/rules.ts';
import { groupStatusSchema, historyEventSchema } from '../../core/wire/admin.ts';
import { TEMPLATE_PATH } from '../../lab/cloud/template.ts';
import type { JournalEntry } from '../../lab/control/types.ts';
import { stageOf } from '../../lab/scenario/stage.ts';
import { type Observed, outageBeyondStalls, Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, members } from '../e2e/lab/document.ts';
import { hostOf } from '../e2e/lab/inside.ts';
import { type Operator, operatorOf } from '../e2e/lab/operator.ts';

/** Whatever moves this group within a third of it is not the lease. */
const LONG_LEASE_MS = 30_000;
const QUICK_MS = LONG_LEASE_MS / 3;
/** As in `operate.test.ts`: a planned move costs next to nothing, and a busy machine adds its own pauses. */
const PLANNED_LOST_MAX = 400;
/** So many heartbeats of each member, and nobody has said anything. */
const UNSEEN_BEATS = 3;
const STATE_CHANGE = 'EC2 Instance State-change Notification';

/** As in the template that the lab reads. */
const AUTO_SCALING_GROUP = 'any';
const templateSchema = z.object({
  template: z.object({ Resources: z.record(z.string(), z.object({ Type: z.string() })) }),
});
/** The lab names a hook as the template does. */
const hookName = (): string => {
  const { template } = templateSchema.parse(JSON.parse(readFileSync(TEMPLATE_PATH, 'utf8')));
  const [hook] = Object.entries(template.Resources).find(
    ([, { Type }]) => Type === 'AWS::AutoScaling::LifecycleHook',
  ) ?? [''];
  return hook;
};

const group = (address: string, lease: string) => ({
  vips: [{ address, fabric: 'secondary-ip' }],
  members: members(200, 150, 100),
  timing: { lease },
});
const document = {
  version: 1,
  groups: {
    long: group('172.31.0.201', `${LONG_LEASE_MS}ms`),
    short: group('172.31.0.202', '3s'),
  },
};

const historySchema = z.object({ events: z.array(historyEventSchema) });
const statusSchema = z.object({ groups: z.array(groupStatusSchema) });

describe('what AWS says of a machine', () => {
  let session: Session;
  let config: DocumentFile;
  let operator: Operator;
  beforeAll(async () => {
    config = documentFile(document);
    session = await Session.open({ config: config.path });
    operator = operatorOf(session);
    // The sweep runs when a test says so, and at no other time.
    await session.fault({ kind: 'events-drop', target: 'Scheduled Event' });
    await session.quiet();
  });
  afterAll(async () => {
    await session.close();
    config.remove();
  });

  const sweep = () => session.client.cloud({ do: 'run-schedule', name: 'sweep' });
  const holderOf = async (name: string): Promise<string> => (await session.group(name)).holderHost ?? '';
  const entries = async (kind: string, from: number): Promise<JournalEntry[]> =>
    (await session.journal(from)).filter((entry) => entry.kind === kind);
  /** Both groups on one host, whose machine things will happen to. */
  const together = async (): Promise<string> => {
    await session.quiet();
    const host = await holderOf('long');
    if ((await holderOf('short')) !== host) await operator.order('failover', 'short', '--to', host, '--wait');
    await session.quiet();
    return host;
  };
  const haveMoved = (host: string): Promise<void> =>
    session.until('both groups are held elsewhere', async () =>
      (await session.status()).groups.every(
        ({ holderHost, phase }) => phase === 'held' && holderHost !== host,
      ),
    );
  const expectMoved = (seen: Observed | undefined, reasons: readonly string[]): void => {
    expect(seen?.moves).toBe(1);
    expect(reasons).toContain(seen?.transfers[0]?.['reason']);
  };
  const expectPlanned = (seen: Observed | undefined, reasons: readonly string[]): void => {
    expectMoved(seen, reasons);
    expect(seen?.lost).toBeLessThanOrEqual(PLANNED_LOST_MAX);
  };
  /** The holder's agent hangs, so that what moves the groups is the event and no good-bye of its own. */
  const whileAgentHangs = async (host: string, kind: 'instance-stop' | 'instance-terminate') => {
    const { id } = await session.fault({ kind: 'freeze-agent', target: host });
    // It is answered when the machine is off; until then its service serves.
    const stopped = session.fault({ kind, target: host });
    await haveMoved(host);
    return { thawed: id, stopped: (await stopped).id };
  };

  it('the sweep moves a VIP back that was taken while no agent could see it, and says so', async () => {
    const holder = await together();
    const [vip = ''] = session.info.vips;
    const before = await session.status();
    const beats = async (from: number) => {
      const hosts = (await entries('beat', from)).map((entry) => entry['host']);
      return session.info.hosts.every(
        ({ name }) => hosts.filter((host) => host === name).length >= UNSEEN_BEATS,
      );
    };
    const start = await session.mark();
    const committedAtMs = (await entries('committed', 0)).at(-1)?.at ?? 0;
    await session.until('the last move is no explanation', () => Date.now() > committedAtMs + SETTLE_MS);
    const { long, short } = await session.observeAll(async (watch) => {
      const { id } = await session.fault({ kind: 'imds-error', target: 'all' });
      const thief = session.info.hosts.find(({ name }) => name !== holder);
      await stageOf(session.info).assign(vip, hostOf(session.info, thief?.name).eni);
      await session.until('the client notices', () => watch.owner() === null);
      const from = await session.mark();
      await session.until('all have reported again and again', () => beats(from));
      expect(watch.owner()).toBeNull();
      expect(await entries('drift', start)).toEqual([]);
      await sweep();
      await session.until('the holder serves again', () => watch.owner() === holder);
      await session.heal(id);
    });
    expect([long?.moves, short?.moves, short?.lost]).toEqual([0, 0, 0]);
    const after = await session.status();
    const repairs = after.groups[0]?.repairs;
    expect(repairs).toBe((before.groups[0]?.repairs ?? 0) + 1);
    expect(after.counts.metrics['DriftRepaired']).toBe((before.counts.metrics['DriftRepaired'] ?? 0) + 1);
    expect(await entries('drift', start)).toMatchObject([{ group: 'long' }]);
    await session.until('it is published', async () =>
      (await entries('event', start)).some((entry) => entry['detailType'] === 'Keepaloft Drift Repaired'),
    );
    const history = historySchema.parse(JSON.parse(await operator.look('history', 'long', '--json')));
    expect(history.events.map(({ type }) => type)).toContain('drift');
    const status = statusSchema.parse(JSON.parse(await operator.look('status', 'long', '--json')));
    expect(status.groups).toMatchObject([{ name: 'long', repairs }]);
  });

  it('a spot notice hands over, and a client hardly notices', async () => {
    const host = await together();
    const { long, short } = await session.observeAll(async () => {
      const { id } = await session.fault({ kind: 'spot-notice', target: host });
      await haveMoved(host);
      await session.heal(id);
    });
    expectPlanned(long, ['spot']);
    expectPlanned(short, ['spot']);
    // It was not taken away after all: a new start makes it a machine like any other.
    await session.fault({ kind: 'restart', target: host });
  });

  it('an instance that its Auto Scaling group ends hands over, and is let go as soon as nobody needs it', async () => {
    const host = await together();
    const from = await session.mark();
    const { instanceId } = hostOf(session.info, host);
    const { long, short } = await session.observeAll(async () => {
      await session.client.cloud({
        do: 'put-event',
        source: 'aws.autoscaling',
        detailType: 'EC2 Instance-terminate Lifecycle Action',
        detail: {
          LifecycleActionToken: '87654321-4321-4321-4321-210987654321',
          AutoScalingGroupName: AUTO_SCALING_GROUP,
          LifecycleHookName: hookName(),
          EC2InstanceId: instanceId,
          LifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING',
        },
      });
      await haveMoved(host);
    });
    expectPlanned(long, ['terminating']);
    expectPlanned(short, ['terminating']);
    await session.until('it is let go', async () => (await entries('lifecycle', from)).length > 0);
    const [letGo] = await entries('lifecycle', from);
    expect(letGo).toMatchObject({ instance: instanceId, autoScalingGroup: AUTO_SCALING_GROUP });
    const committed = (await entries('committed', from)).map(({ at }) => at);
    expect(letGo?.at).toBeGreaterThanOrEqual(Math.max(...committed));
    await session.fault({ kind: 'restart', target: host });
  });

  it('a stop that is ordered hands over although the agent hangs, and a client hardly notices', async () => {
    const host = await together();
    const { long, short } = await session.observeAll(async () => {
      const { thawed, stopped } = await whileAgentHangs(host, 'instance-stop');
      await session.heal(thawed);
      await session.heal(stopped);
      await session.quiet();
    });
    expectPlanned(long, ['stopping']);
    expectPlanned(short, ['stopping']);
  });

  it('a machine that is switched off is replaced long before its lease ends', async () => {
    const host = await together();
    const { long } = await session.observeAll(async () => {
      const { id } = await session.fault({ kind: 'instance-force-stop', target: host });
      await haveMoved(host);
      await session.heal(id);
      await session.quiet();
    });
    expectMoved(long, ['stopping', 'stopped']);
    expect(long === undefined ? Infinity : outageBeyondStalls(long.report)).toBeLessThan(QUICK_MS);
  });

  it('without the events the lease moves one group, and the sweep the other', async () => {
    const host = await together();
    const { long, short } = await session.observeAll(async () => {
      const { id: dropped } = await session.fault({ kind: 'events-drop', target: STATE_CHANGE });
      const { id: stopped } = await session.fault({ kind: 'instance-force-stop', target: host });
      await session.until('the short lease is over', async () => (await holderOf('short')) !== host);
      expect(await holderOf('long')).toBe(host);
      await sweep();
      await haveMoved(host);
      await session.heal(dropped);
      await session.heal(stopped);
      await session.quiet();
    });
    expectMoved(short, ['silence']);
    expectMoved(long, ['stopped']);
    expect(long === undefined ? Infinity : outageBeyondStalls(long.report)).toBeLessThan(LONG_LEASE_MS);
  });

  it('a machine that is ended for good hands over although its agent hangs, and a client hardly notices', async () => {
    const host = await together();
    const { long, short } = await session.observeAll(async () => {
      await whileAgentHangs(host, 'instance-terminate');
    });
    expectPlanned(long, ['shutting-down']);
    expectPlanned(short, ['shutting-down']);
    // Its interface is gone with every address on it, and the sweep takes that for what it is.
    await sweep();
    const { groups } = await session.status();
    expect(groups.map(({ holderHost, vips }) => vips[0]?.owner === holderHost)).toEqual([true, true]);
    expect(groups.map(({ holderHost }) => holderHost)).not.toContain(host);
  });
});
