// Proves, in a lab with real processes, that each default alarm rings for what it is there for, tells its topic, and clears once
// that is put right. Nothing is measured by hand: faults and orders alone, and the minutes are let pass by `lab advance`.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { BRAKE_GROUPS_MIN, BRAKE_HOLD_MS } from '../../core/brake.ts';
import { groupStatusSchema } from '../../core/wire/admin.ts';
import type { FaultOrder } from '../../lab/control/types.ts';
import { stageOf } from '../../lab/scenario/stage.ts';
import { Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, instance, members } from '../e2e/lab/document.ts';
import { hostOf } from '../e2e/lab/inside.ts';
import { type Operator, operatorOf } from '../e2e/lab/operator.ts';

const ARBITER = 'Keepaloft-Arbiter';
const GROUP = 'demo';
/** As `bin/lab-template.ts` has it. */
const TOPIC = 'arn:aws:sns:us-east-1:111122223333:keepaloft-alarms';
const MINUTE_MS = 60_000;
/** The longest that any of them looks at is three and five minutes, and two more; what lasts longer passes in silence. */
const MINUTES_MAX = 8;
const TEN_MINUTES = 10;
/** An alarm looks two periods further back than it judges. */
const PERIODS = 3;

const LEASE_MS = 10_000;
/** So much silence of the holder leaves less than 30 % of its lease, and the rest of it for a slow machine. */
const LATE_MS = 0.72 * LEASE_MS;
/** The alarm's threshold. */
const STUCK_MS = 15_000;
const TRANSFERS = 3;

const MOVE = 'AssignPrivateIpAddresses';
const crowd = Array.from({ length: BRAKE_GROUPS_MIN - 1 }, (_, index) => `crowd${index + 1}`);

/**
 * Beside the group that is watched, as many as it takes for the brake. Their homes are host1 and host2, to which they return: an
 * interface has room for nine. They have no check: only silence moves them.
 */
const document = {
  version: 1,
  groups: {
    [GROUP]: {
      vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
      members: members(200, 150, 100),
      timing: { lease: `${LEASE_MS}ms` },
      checks: { service: { tcp: '127.0.0.1:8080', fall: 2, rise: 2 } },
    },
    ...Object.fromEntries(
      crowd.map((name, index) => [
        name,
        {
          vips: [{ address: `172.31.0.${210 + index}`, fabric: 'secondary-ip' }],
          members: [
            { instance: instance(1 + (index % 2)), priority: 200 },
            { instance: instance(3), priority: 100 },
          ],
          election: { preempt: true, holdDown: '0s' },
        },
      ]),
    ),
  },
};

const statusSchema = z.object({ groups: z.array(groupStatusSchema) });

/** What is done to the lab, and how long it takes until it shows. */
interface Row {
  readonly alarm: string;
  readonly deed: string;
  readonly happens: () => Promise<void>;
  /** Beside healing every fault. */
  readonly heals?: () => Promise<void>;
  /** Minutes in which nothing may happen until what did counts no more. */
  readonly clearMinutes?: number;
}

let session: Session;
let config: DocumentFile;
let operator: Operator;

beforeAll(async () => {
  config = documentFile(document);
  session = await Session.open({ config: config.path });
  operator = operatorOf(session);
  await session.quiet();
});
afterAll(async () => {
  await session.close();
  config.remove();
});

const nameOf = (alarm: string): string =>
  ['ArbiterBlind', 'Brake'].includes(alarm) ? `${ARBITER}-${alarm}` : `${ARBITER}-${GROUP}-${alarm}`;
const stateOf = async (alarm: string): Promise<string | undefined> =>
  (await session.client.alarms()).find(({ name }) => name === nameOf(alarm))?.state;
/** Minutes in which the sweep runs. */
const minute = () => session.client.cloud({ do: 'advance', ms: MINUTE_MS, schedules: true });
/** Minutes in which nothing does. */
const silence = (minutes: number) => session.client.cloud({ do: 'advance', ms: minutes * MINUTE_MS });
/** Lets minutes pass until the alarm is in this state. */
const becomes = async (alarm: string, state: 'ALARM' | 'OK'): Promise<void> => {
  for (let minutes = 0; minutes < MINUTES_MAX && (await stateOf(alarm)) !== state; minutes += 1)
    await minute();
  expect(await stateOf(alarm)).toBe(state);
};
/** What the topic has been told of an alarm: the first word of each subject. */
const told = async (alarm: string, from: number): Promise<string[]> =>
  (await session.journal(from))
    .filter((entry) => entry.kind === 'notification' && entry['topic'] === TOPIC)
    .map((entry) => String(entry['subject']))
    .filter((subject) => subject.includes(`"${nameOf(alarm)}"`))
    .map((subject) => subject.split(':')[0] ?? '');

const fault = (kind: FaultOrder['kind'], target: string) => session.fault({ kind, target });
const metric = async (name: string): Promise<number> => (await session.status()).counts.metrics[name] ?? 0;
/** Waits until something that is counted has been counted once more. */
const counted = async (name: string, during: () => Promise<unknown>): Promise<void> => {
  const before = await metric(name);
  await during();
  await session.until(`${name} is counted`, async () => (await metric(name)) > before);
};
const holder = async (): Promise<string> => (await session.group(GROUP)).holderHost ?? '';
const others = async (): Promise<string[]> => {
  const { members: all, holderHost } = await session.group(GROUP);
  return all.map(({ host }) => host).filter((host) => host !== holderHost);
};
/** EC2 misbehaves, and then the group has to move. */
const whileMoving = async (order: FaultOrder): Promise<void> => {
  await session.fault(order);
  await fault('service', await holder());
};
/** Every member has told the arbiter that it runs the group's configuration. */
const isOfOneMind = async (): Promise<boolean> => {
  const { groups } = statusSchema.parse(JSON.parse(await operator.look('status', GROUP, '--json')));
  return groups.every(({ configHash, members: all }) =>
    all.every(({ detail }) => detail?.configHash === configHash),
  );
};
const isInFault = async (): Promise<boolean> => {
  const { members: all } = await session.group(GROUP);
  return all.every(({ health }) => health === 'fault');
};

const rows: Row[] = [
  {
    alarm: 'ArbiterBlind',
    deed: 'DynamoDB fails, and the sweep with it',
    happens: async () => void (await fault('dynamodb-error', 'all')),
  },
  {
    alarm: 'NoStandby',
    deed: 'every standby is drained by an operator',
    happens: async () => {
      for (const host of await others()) await operator.order('drain', GROUP, host);
    },
    heals: async () => {
      for (const host of await others()) await operator.order('undrain', GROUP, host);
    },
  },
  {
    alarm: 'MemberSilent',
    deed: "a standby's agent is killed",
    happens: async () => {
      const [host = ''] = await others();
      await fault('agent', host);
      await session.until('it is silent', async () =>
        (await session.group(GROUP)).members.some((one) => one.host === host && one.state === 'SILENT'),
      );
    },
  },
  {
    alarm: 'ConfigSkew',
    deed: 'a standby runs the configuration of an earlier deployment',
    happens: async () => {
      const [host = ''] = await others();
      await fault('old-config', host);
      await session.until('the arbiter knows it', async () => !(await isOfOneMind()));
    },
    heals: () => session.until('the arbiter knows it', isOfOneMind),
    clearMinutes: TEN_MINUTES,
  },
  {
    alarm: 'Drift',
    deed: 'an EC2 call gives the VIP to another host',
    happens: () =>
      counted('DriftRepaired', async () => {
        const [vip = ''] = session.info.vips;
        const [host] = await others();
        await stageOf(session.info).assign(vip, hostOf(session.info, host).eni);
      }),
  },
  {
    alarm: 'LeaseMargin',
    deed: 'the holder’s agent stands still for most of its lease',
    happens: async () => {
      const host = await holder();
      await fault('freeze-agent', host);
      await session.until('most of the lease has passed', async () =>
        (await session.group(GROUP)).members.some((one) => one.host === host && (one.ageMs ?? 0) > LATE_MS),
      );
      await fault('thaw', host);
      await session.quiet();
      expect(await holder()).toBe(host);
    },
    // What it had left at worst is told for a minute or two; under another holder it is another's.
    heals: () => operator.order('failover', GROUP, '--wait'),
  },
  {
    alarm: 'NoHolder',
    deed: 'the service dies on every host',
    happens: async () => {
      await fault('service', 'all');
      await session.until('everybody says FAULT', isInFault);
    },
  },
  {
    alarm: 'Throttled',
    deed: 'EC2 throttles while the group has to move',
    happens: () => counted('Throttled', () => whileMoving({ kind: 'ec2-throttle', target: MOVE })),
  },
  {
    alarm: 'MoveFailed',
    deed: 'EC2 refuses to move the VIP',
    happens: () =>
      counted('MoveErrors', () =>
        whileMoving({ kind: 'ec2-error', target: MOVE, code: 'ServiceUnavailable' }),
      ),
  },
  {
    alarm: 'MoveStuck',
    deed: 'EC2 goes on failing for longer than 15 seconds',
    happens: async () => {
      await whileMoving({ kind: 'ec2-error', target: MOVE });
      const phase = async () => (await session.group(GROUP)).phase;
      await session.until('it is to move', async () => (await phase()) === 'moving');
      const since = performance.now();
      await session.until('for long enough', () => performance.now() - since > STUCK_MS);
      expect(await phase()).toBe('moving');
    },
  },
  {
    alarm: 'Flapping',
    deed: 'the service dies on one holder after the other',
    happens: async () => {
      for (let transfers = 0; transfers < TRANSFERS; transfers += 1) {
        const from = await holder();
        const { id } = await fault('service', from);
        await session.until('another host holds', async () => (await holder()) !== from);
        await session.heal(id);
        await session.quiet();
      }
    },
    clearMinutes: PERIODS * TEN_MINUTES,
  },
];

describe('a default alarm', () => {
  let brakedAtMs = Infinity;
  let brakeMark = 0;

  it('has a row here, each of them', async () => {
    const all = (await session.client.alarms()).map(({ name }) => name);
    const here = [...rows.map(({ alarm }) => alarm), 'Brake'].map(nameOf);
    expect(here.toSorted()).toEqual(all.filter((name) => !name.includes('-crowd')).toSorted());
  });

  it('Brake rings when two hosts die that hold ten groups', async () => {
    await becomes('Brake', 'OK');
    if ((await holder()) === 'host3') await operator.order('failover', GROUP, '--to', 'host1', '--wait');
    await session.quiet();
    brakeMark = await session.mark();
    await fault('kill', 'host1');
    await fault('kill', 'host2');
    await session.until('the brake is on', async () => (await metric('Brake')) > 0);
    brakedAtMs = Date.now();
    await becomes('Brake', 'ALARM');
    await session.heal();
    await session.quiet();
  });

  it.each(rows)(
    '$alarm rings when $deed, and clears',
    async ({ alarm, happens, heals, clearMinutes = PERIODS }) => {
      await session.quiet();
      // What was counted for another row is over.
      await silence(clearMinutes);
      await becomes(alarm, 'OK');
      const from = await session.mark();
      await happens();
      await becomes(alarm, 'ALARM');
      await session.heal();
      await heals?.();
      await session.quiet();
      await silence(clearMinutes);
      await becomes(alarm, 'OK');
      expect((await told(alarm, from)).slice(-2)).toEqual(['ALARM', 'OK']);
    },
  );

  it('Brake clears when it lifts, two minutes after it was put on', async () => {
    expect(brakedAtMs).toBeLessThan(Infinity);
    await session.until('the brake lifts', () => Date.now() > brakedAtMs + BRAKE_HOLD_MS, BRAKE_HOLD_MS);
    await becomes('Brake', 'OK');
    expect((await told('Brake', brakeMark)).slice(-2)).toEqual(['ALARM', 'OK']);
  });
});
