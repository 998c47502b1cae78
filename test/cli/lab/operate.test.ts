// Proves that the words of `lab operate` make the order that was meant, and that wrong ones make none.
import { describe, expect, it } from 'vitest';
import { CliError } from '../../../cli/failure.ts';
import { type OperateOptions, operateLines, operateOrderOf } from '../../../cli/lab/operate.ts';
import type { OperateOrder } from '../../../lab/control/types.ts';

const reason = 'ordered on the command line';
const order = (command: string, host?: string, options: OperateOptions = {}): OperateOrder =>
  operateOrderOf('demo', command, host, options);

const failureOf = (make: () => unknown): CliError => {
  try {
    make();
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error('it made an order');
};

describe('the order', () => {
  it.each<[OperateOrder['command'], OperateOrder]>([
    [{ do: 'failover' }, order('failover')],
    [{ do: 'failover', host: 'host2' }, order('failover', undefined, { to: 'host2' })],
    [{ do: 'drain', host: 'holder' }, order('drain', 'holder')],
    [{ do: 'undrain', host: 'host1' }, order('undrain', 'host1')],
    [{ do: 'pause' }, order('pause')],
    [{ do: 'resume' }, order('resume')],
  ])('%j', (command, made) => {
    expect(made).toEqual({ group: 'demo', command, reason });
  });

  it('carries the epoch and the reason that were given', () => {
    expect(order('pause', undefined, { ifEpoch: 0, reason: 'upgrade' })).toEqual({
      group: 'demo',
      command: { do: 'pause' },
      ifEpoch: 0,
      reason: 'upgrade',
    });
  });

  it.each<[string, string, string | undefined, OperateOptions]>([
    ['unknown-command', 'reboot', undefined, {}],
    ['missing-host', 'drain', undefined, {}],
    ['missing-host', 'undrain', undefined, {}],
    ['unexpected-host', 'failover', 'host2', {}],
    ['unexpected-host', 'pause', 'host1', {}],
    ['unexpected-to', 'drain', 'host1', { to: 'host2' }],
    ['unexpected-to', 'resume', undefined, { to: 'host2' }],
  ])('%s: %s %s', (code, command, host, options) => {
    expect(failureOf(() => order(command, host, options))).toMatchObject({ code, exitCode: 64 });
  });
});

describe('what a person reads', () => {
  const taken = { group: 'demo', epoch: 4, phase: 'held', holder: 'i-1', holderHost: 'host1', rev: 9 };
  it.each([
    [order('failover'), 'it moves to the best standby with that host’s next heartbeat'],
    [order('failover', undefined, { to: 'host2' }), 'it moves to host2 with'],
    [order('drain', 'host1'), 'host1 is kept free of it'],
    [order('undrain', 'host1'), 'host1 may hold it again'],
    [order('pause'), 'it stays with host1 until it is resumed'],
    [order('resume'), 'what was due meanwhile is done now'],
  ])('%j', (made, words) => {
    const [head, then] = operateLines(made, taken);
    expect(head).toBe(`demo: ${made.command.do} taken at epoch 4, held by host1`);
    expect(then).toContain(words.replace('’', "'"));
  });

  it('of a group that nobody holds', () => {
    const nobody = { ...taken, phase: 'vacant', holder: null, holderHost: null };
    expect(operateLines(order('pause'), nobody)[0]).toBe('demo: pause taken at epoch 4, vacant');
  });
});
