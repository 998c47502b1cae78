// Proves that draining reads all that the kernel has, however many turns of the loop that takes.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { drain } from '../../../agent/peers/drain.ts';

describe('draining', () => {
  it('ends when everything that had come was read, which takes the loop several turns', async () => {
    const socket = createSocket({ type: 'udp4', lookup: (host, _, done) => done(null, host, 4) });
    const listening = once(socket, 'listening');
    socket.bind({ address: '127.0.0.1', port: 0 });
    await listening;
    let read = 0;
    socket.on('message', () => {
      read += 1;
    });
    const { port } = socket.address();
    // In one go: the loop does not turn in between, and loopback delivers while it is sent.
    for (let sent = 0; sent < 150; sent++) socket.send('x', port, '127.0.0.1');
    expect(read).toBe(0);
    await drain(() => read);
    expect(read).toBe(150);
    socket.close();
  });

  it('ends also when somebody sends without end', async () => {
    let read = 0;
    await drain(() => (read += 1));
    expect(read).toBeGreaterThan(0);
  });
});
