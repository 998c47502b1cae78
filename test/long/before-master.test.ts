// Proves, in a lab of three hosts, that the candidate's program is asked before anything moves: one that exits with 75 is passed
// over, the holder serves until the next one has prepared, and people are told who refused and how long the other took.
import { afterEach, expect, it } from 'vitest';
import { Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, members } from '../e2e/lab/document.ts';
import { operatorOf } from '../e2e/lab/operator.ts';

const VIP = '172.31.0.201';
const HOST2 = '172.31.0.12';
const PREPARES_MS = 2000;
/** As in `operate.test.ts`. One that had stopped before the next one was prepared would cost 1,000 probes and more. */
const PLANNED_LOST_MAX = 400;

let session: Session;
let config: DocumentFile;
afterEach(async () => {
  await session.close();
  config.remove();
});

it('the better standby refuses, and the next one has the group', async () => {
  // Every host of the lab runs the same file: each knows itself by its own address. What follows are keepalived's arguments.
  const program = `ip -4 -o addr show | grep -qF ' ${HOST2}/' && exit 75; sleep ${PREPARES_MS / 1000}`;
  const group = {
    vips: [{ address: VIP, fabric: 'secondary-ip' }],
    members: members(200, 150, 100),
    hooks: { beforeMaster: ['/bin/sh', '-c', program], timeout: '5s' },
  };
  config = documentFile({ version: 1, groups: { mysql: group } });
  session = await Session.open({ config: config.path, hosts: 3 });
  expect(session.info.hosts[1]?.address).toBe(HOST2);
  await session.quiet();
  const { look, order } = operatorOf(session);
  expect((await session.group()).holderHost).toBe('host1');

  const { transfers, lost } = await session.observe(async () => {
    await order('drain', 'mysql', 'host1');
    await session.until('host3 holds', async () => (await session.group()).holderHost === 'host3');
    await session.quiet();
  });
  expect(transfers.map(({ reason, to }) => [reason, to])).toEqual([
    ['drained', session.info.hosts[2]?.instanceId],
  ]);
  // Fabric first: the old holder served while the next one prepared.
  expect(lost).toBeLessThanOrEqual(PLANNED_LOST_MAX);

  const history = await look('history', 'mysql');
  expect(history).toMatch(/not-prepared\s.*host2: refused by beforeMaster/);
  expect(history).toMatch(/prepared\s.*beforeMaster of host3: 0, 2\.\d+s/);
  expect(await look('status', 'mysql')).toMatch(/host2 .*refused by beforeMaster/);
});
