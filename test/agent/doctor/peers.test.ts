// Proves what doctor reads of the running agent's sessions with peers, and what it says of those that are not up.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { peerFindings } from '../../../agent/doctor/check/peers.ts';
import { textOf } from '../../../agent/doctor/collect/files.ts';
import { lookAtPeers } from '../../../agent/doctor/collect/peers.ts';
import { createPeerNotes, PEERS_FILE, type PeerNotes } from '../../../agent/peers/notes.ts';
import { agentFileSchema } from '../../../core/wire/config.ts';
import { captureLog } from '../captured-log.ts';
import { scratchDirectory } from '../scratch.ts';

const B = 'i-0000000000000000b';
const fileWith = (over: object) =>
  agentFileSchema.parse({
    version: 1,
    endpoint: 'https://abc123.execute-api.us-east-1.amazonaws.com',
    region: 'us-east-1',
    groups: { mysql: { vips: [{ address: '172.31.0.201', fabric: 'secondary-ip' }], ...over } },
  });
const file = fileWith({ peerDetection: {}, peers: [{ node: B, address: '172.31.0.12' }] });
const notes = (over: Partial<PeerNotes['peers'][number]> = {}, pid = 7): PeerNotes => ({
  pid,
  peers: [{ node: B, state: 'up', stopped: false, ...over }],
});
const told = (content: unknown, pid: number | undefined = 7): string[] => {
  const directory = scratchDirectory();
  writeFileSync(join(directory, PEERS_FILE), JSON.stringify(content));
  return peerFindings(lookAtPeers(file, directory, pid)).map(({ verdict, code }) => `${verdict} ${code}`);
};

describe('doctor on peers', () => {
  it('looks for none where none are watched', () => {
    expect(lookAtPeers(fileWith({}), scratchDirectory(), 7)).toEqual([]);
  });

  it.each([
    ['up', notes(), 'ok peer-session-up'],
    ['not up', notes({ state: 'down', loss: 2 }), 'warn peer-session-down'],
    ['over, by its own word', notes({ state: 'down', stopped: true }), 'warn peer-session-down'],
    ['noted by an agent that is gone', notes({}, 8), 'unknown peer-session-down'],
    ['not noted in any form that is known', { pid: 7 }, 'unknown peer-session-down'],
  ])('a session that is %s', (_, content, finding) => {
    expect(told(content)).toEqual([finding]);
  });

  it('without an agent nothing can be told; a closed port is the first thing to look at', () => {
    expect(peerFindings(lookAtPeers(file, scratchDirectory(), undefined))[0]?.verdict).toBe('unknown');
    const [finding] = peerFindings([{ node: B, address: '172.31.0.12', state: 'down', stopped: false }]);
    expect(finding?.fix).toContain('UDP 4784');
  });

  it('reads what the agent writes, and of many changes the last', async () => {
    const directory = scratchDirectory();
    let loss = 0;
    const note = createPeerNotes(directory, () => notes({ loss }), captureLog().log);
    for (loss = 1; loss < 9; loss += 1) note();
    while (textOf(join(directory, PEERS_FILE))?.includes('"loss":9') !== true)
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    expect(lookAtPeers(file, directory, 7)).toEqual([
      { node: B, address: '172.31.0.12', state: 'up', stopped: false },
    ]);
  });
});
