// Proves from which loss on a ping has failed, that it ends with the last answer, and that it recovers by itself.
// The socket is a double: the real one needs a right that whoever runs the tests may not have (see icmp.test.ts).
import { describe, expect, it } from 'vitest';
import { createPingProbe, type PingDeps } from '../../../agent/checks/ping.ts';
import { HostError } from '../../../agent/errors.ts';

const never = new AbortController().signal;

/** A network that answers only the requests that `answers` names; counts the sockets that are open. */
const network = (answers: (sequence: number) => boolean) => {
  const seen = { open: 0, sent: 0, addresses: [] as string[] };
  const deps: PingDeps = {
    gateway: () => '172.31.0.1',
    open: async (address) => {
      seen.open += 1;
      seen.addresses.push(address);
      let waiting: number[] = [];
      return {
        send: (sequence) => {
          seen.sent += 1;
          // A reply that is doubled on the way counts once.
          if (answers(sequence)) waiting.push(sequence, sequence);
        },
        replies: () => {
          const now = waiting;
          waiting = [];
          return now;
        },
        close: () => {
          seen.open -= 1;
        },
      };
    },
  };
  return { seen, deps };
};
const CHECK = { ping: '10.0.0.9', count: 10, loss: 80, timeout: 60 };

describe('ping', () => {
  it.each([
    [10, true, '10.0.0.9: 10 of 10 answered, 0 % lost'],
    [3, true, '10.0.0.9: 3 of 10 answered, 70 % lost'],
    [2, false, '10.0.0.9: 2 of 10 answered, 80 % lost'],
    [0, false, '10.0.0.9: 0 of 10 answered, 100 % lost'],
  ])('%i answers of 10, with a loss of 80 per cent allowed', async (answered, passed, detail) => {
    const { seen, deps } = network((sequence) => sequence < answered);
    expect(await createPingProbe(CHECK, deps)(never)).toEqual({ passed, detail });
    expect(seen).toEqual({ open: 0, sent: 10, addresses: ['10.0.0.9'] });
  });

  it('passes again as soon as there are answers again', async () => {
    let isUp = false;
    const { deps } = network(() => isUp);
    const probe = createPingProbe(CHECK, deps);
    expect((await probe(never)).passed).toBe(false);
    isUp = true;
    expect((await probe(never)).passed).toBe(true);
  });

  it('asks for the gateway each time, and fails with the remedy where there is none', async () => {
    const { seen, deps } = network(() => true);
    const routes = ['172.31.0.1', '172.31.0.2'];
    const probe = createPingProbe(
      { ...CHECK, ping: 'gateway' },
      {
        ...deps,
        gateway: () => {
          const gateway = routes.shift();
          if (gateway === undefined) throw new HostError('no-gateway', 'no gateway', { remedy: 'name one' });
          return gateway;
        },
      },
    );
    await probe(never);
    await probe(never);
    expect(seen.addresses).toEqual(['172.31.0.1', '172.31.0.2']);
    expect(await probe(never)).toEqual({ passed: false, detail: 'no gateway: name one' });
  });

  it('ends when it is aborted, and closes its socket', async () => {
    const { seen, deps } = network(() => false);
    const controller = new AbortController();
    const probing = createPingProbe({ ...CHECK, timeout: 600_000 }, deps)(controller.signal);
    controller.abort();
    expect((await probing).passed).toBe(false);
    expect(seen.open).toBe(0);
  });
});
