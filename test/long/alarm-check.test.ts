// Proves, in a lab, that a CloudWatch alarm about a member is a check of it: on, it takes the group from its holder, by the event
// and, when the event is lost, by the sweep; over, the member is a standby again.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { TEMPLATE_PATH } from '../../lab/cloud/template.ts';
import { Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, instance, members } from '../e2e/lab/document.ts';

const MINUTE_MS = 60_000;
const templateSchema = z.object({
  group: z.string(),
  template: z.looseObject({
    Resources: z.record(z.string(), z.looseObject({ Type: z.string() })),
  }),
});

/** The built template, with an alarm about host1 that rings in a minute with two sweeps. */
const templateWith = (folder: string): string => {
  const { group, template } = templateSchema.parse(JSON.parse(readFileSync(TEMPLATE_PATH, 'utf8')));
  const [sweep] = Object.entries(template.Resources).flatMap(([id, { Type }]) =>
    Type === 'AWS::Lambda::Function' && id.includes('Sweep') ? [id] : [],
  );
  template.Resources['HostAlarm'] = {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `lab-${instance(1)}`,
      Namespace: 'AWS/Lambda',
      MetricName: 'Invocations',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: sweep } }],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 2,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    },
  };
  const path = join(folder, 'template.json');
  writeFileSync(path, JSON.stringify({ group, template }));
  return path;
};

describe('an alarm about a host', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keepaloft-test-'));
  let session: Session;
  let config: DocumentFile;
  beforeAll(async () => {
    const group = {
      vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
      members: members(200, 150, 100),
      checks: { cloud: { alarm: 'lab-{instance}' } },
    };
    config = documentFile({ version: 1, groups: { mysql: group } });
    session = await Session.open({ config: config.path, hosts: 3, template: templateWith(folder) });
    await session.quiet();
  });
  afterAll(async () => {
    await session.close();
    config.remove();
    rmSync(folder, { recursive: true });
  });

  const sweep = () => session.client.cloud({ do: 'run-schedule' });
  const pass = (minutes: number) => session.client.cloud({ do: 'advance', ms: minutes * MINUTE_MS });
  const host1 = async () => (await session.group()).members.find(({ host }) => host === 'host1');
  /** Two sweeps in one minute, which is then over. */
  const ring = async (): Promise<void> => {
    await sweep();
    await sweep();
    await pass(1);
  };
  const isStandbyAgain = (): Promise<void> =>
    session.until('host1 is a standby again', async () => (await host1())?.health === 'ok');

  it('takes the group from it as soon as it is on, and gives it back as a standby when it is over', async () => {
    expect((await session.group()).holderHost).toBe('host1');
    const { moves, transfers } = await session.observe(async (watch) => {
      await ring();
      await session.until('another host serves', () => watch.owner() !== null && watch.owner() !== 'host1');
    });
    expect(moves).toBe(1);
    expect(transfers).toMatchObject([{ reason: 'fault' }]);
    expect(await host1()).toMatchObject({ state: 'FAULT', health: 'fault' });
    await pass(5);
    await isStandbyAgain();
    await session.quiet();
  });

  it('is found by the sweep when its event is lost', async () => {
    const lost = await session.fault({ kind: 'events-drop', target: 'CloudWatch Alarm State Change' });
    await ring();
    // Nobody has heard of it.
    await session.quiet();
    await sweep();
    await session.until('host1 is in FAULT', async () => (await host1())?.health === 'fault');
    await session.heal(lost.id);
    await pass(5);
    await isStandbyAgain();
  });
});
