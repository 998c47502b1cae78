// Proves peer detection end to end: with slow heartbeats a host's death is noticed by its peers, a cut between them moves nothing,
// and what a holder tells the arbiter its standbys hear of at once.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PeerStates } from '../../lab/peer-states.ts';
import { bestStandbyHost, Session } from '../../lab/session.ts';
import { type DocumentFile, documentFile, members } from '../e2e/lab/document.ts';
import { hostOf } from '../e2e/lab/inside.ts';

const LEASE_MS = 9000;
/** So much is never needed, on a busy machine either; the lease is far longer. */
const NOTICED_MS_MAX = 3000;
const CUTS = 3;
const document = {
  version: 1,
  groups: {
    mysql: {
      vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
      members: members(200, 150, 100),
      timing: { heartbeat: '3s', lease: `${LEASE_MS}ms` },
      peerDetection: { interval: '50ms', multiplier: 3 },
    },
  },
};

describe('peers that watch each other', () => {
  let session: Session;
  let config: DocumentFile;
  beforeAll(async () => {
    config = documentFile(document);
    session = await Session.open({ config: config.path });
    await session.quiet();
  });
  afterAll(async () => {
    await session.close();
    config.remove();
  });

  const states = new PeerStates();
  let read = 0;
  /** All sessions of all hosts, as their agents tell of them. */
  const sessionsAre = async (state: string): Promise<boolean> => {
    const entries = await session.journal(read);
    states.take(entries);
    read = (entries.at(-1)?.n ?? read - 1) + 1;
    return states.are(state, 3);
  };

  it('lose each other without a move, when no packet passes between them', async () => {
    await session.until('all sessions are up', () => sessionsAre('up'));
    for (let cut = 0; cut < CUTS; cut += 1) {
      const seen = await session.observe(async () => {
        const fault = await session.fault({ kind: 'cut-peers', target: 'all' });
        await session.until('all sessions are down', () => sessionsAre('down'));
        await session.heal(fault.id);
        await session.until('all sessions are up again', () => sessionsAre('up'));
      });
      expect(seen).toMatchObject({ moves: 0, lost: 0 });
    }
  });

  it('replace one that has died, long before its lease is over', async () => {
    const before = await session.group();
    const { transfers, moves, report } = await session.observe(async (watch) => {
      await session.fault({ kind: 'kill', target: 'holder' });
      await session.until(
        'another host serves',
        () => watch.owner() !== null && watch.owner() !== before.holderHost,
      );
    });
    expect(transfers).toMatchObject([{ reason: 'suspicion' }]);
    expect(moves).toBe(1);
    expect(report.outageMs).toBeLessThan(NOTICED_MS_MAX);
  });
});

describe('a holder with rare heartbeats that has news for its peers', () => {
  const HEARTBEAT_MS = 6000;
  /** Two checks, a second apart, and what follows: on a busy machine still sooner than the next heartbeat. */
  const SOON_MS = 4500;
  let session: Session;
  let config: DocumentFile;
  beforeAll(async () => {
    config = documentFile({
      version: 1,
      groups: {
        mysql: {
          vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }],
          members: members(200, 100),
          checks: { service: { tcp: '127.0.0.1:8080', interval: '1s', fall: 2, rise: 2 } },
          timing: { heartbeat: `${HEARTBEAT_MS}ms`, lease: `${3 * HEARTBEAT_MS}ms` },
          peerDetection: { interval: '50ms', multiplier: 3 },
        },
      },
    });
    session = await Session.open({ config: config.path, hosts: 2 });
  });
  afterEach(() => session.heal());
  afterAll(async () => {
    await session.close();
    config.remove();
  });

  /** The standby has just asked, so by itself it will not ask again for nearly a heartbeat. */
  const untilAsked = async (): Promise<number> => {
    const standby = hostOf(session.info, bestStandbyHost(await session.group())).name;
    const from = await session.mark();
    await session.until(`${standby} has asked`, async () =>
      (await session.journal(from)).some((entry) => entry.kind === 'beat' && entry['host'] === standby),
    );
    return Date.now();
  };

  it.each([
    ['whose service dies', 'service', 'fault'],
    ['that is stopped', 'stop', 'resign'],
  ] as const)('%s is replaced long before its successor would have asked', async (_, kind, reason) => {
    let asked = 0;
    const { transfers, moves, report } = await session.observe(async (watch) => {
      asked = await untilAsked();
      const before = watch.owner();
      await session.fault({ kind, target: 'holder' });
      await session.until('another host serves', () => watch.owner() !== null && watch.owner() !== before);
    });
    expect(transfers).toMatchObject([{ reason }]);
    expect(moves).toBe(1);
    expect((transfers[0]?.at ?? Infinity) - asked).toBeLessThan(SOON_MS);
    expect(report.outageMs).toBeLessThan(SOON_MS);
  });
});
