/** A program: one failover in a lab of whoever runs it; prints what was seen as one JSON line. For an ordinary user. */
import { Session } from '../../../lab/session.ts';

const session = await Session.open({ hosts: 2 });
// A test that has waited too long: the lab would outlive this process.
process.once('SIGTERM', () => void session.close().finally(() => process.exit(1)));
try {
  const { outageMs, moves, owners } = await session.run([{ kind: 'kill', target: 'holder' }], 0);
  const { lab, dir, mode } = session.info;
  process.stdout.write(`${JSON.stringify({ lab, dir, mode, outageMs, moves, owners })}\n`);
} finally {
  await session.close();
}
