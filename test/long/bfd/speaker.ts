/**
 * The agent's side of peer detection as a process in a namespace. `speaker.ts OPTIONS`, as JSON; prints a line for each
 * change of a session; stops in order on SIGTERM.
 */
import { openLog } from '../../../agent/log.ts';
import { Peers } from '../../../agent/peers/peers.ts';
import { durationMs } from '../../../core/time.ts';
import { type Change, optionsSchema } from './words.ts';

const {
  address,
  port,
  intervalMs,
  multiplier,
  peers: named,
} = optionsSchema.parse(JSON.parse(process.argv[2] ?? ''));
const say = (change: Change): void => {
  process.stdout.write(`${JSON.stringify(change)}\n`);
};

const peers = new Peers({
  address,
  port,
  log: openLog('warn', { write: (line: string) => process.stderr.write(line) }).log,
  onChange: ({ node, state, diag, remoteState }) =>
    say({ node, state, diag, remoteState, atMs: performance.timeOrigin + performance.now() }),
});
await peers.start(named.map((peer) => ({ ...peer, intervalMs: durationMs(intervalMs), multiplier })));
// The last one on this process, so that it ends by itself once the sockets are closed.
process.once('SIGTERM', () => void peers.stop());
