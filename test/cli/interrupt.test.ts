// Proves that one Ctrl-C aborts, that npm's echo of it is not taken for a second, and that a second is impatience.
import { describe, expect, it } from 'vitest';
import { Interrupted } from '../../cli/failure.ts';
import { watchInterrupt } from '../../cli/interrupt.ts';

describe('watchInterrupt', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('aborts on %s', (name) => {
    const interrupt = watchInterrupt();
    process.emit(name, name);
    expect(interrupt.signal.aborted).toBe(true);
    expect(interrupt.signal.reason).toBeInstanceOf(Interrupted);
    interrupt.dispose();
  });

  it('is impatient at a second one, but not at one of the same moment', () => {
    let nowMs = 0;
    let impatient = 0;
    const interrupt = watchInterrupt(() => nowMs);
    interrupt.onImpatience(() => {
      impatient += 1;
    });
    process.emit('SIGINT', 'SIGINT');
    nowMs = 20;
    process.emit('SIGINT', 'SIGINT');
    expect(impatient).toBe(0);
    nowMs = 1500;
    process.emit('SIGINT', 'SIGINT');
    expect(impatient).toBe(1);
    interrupt.dispose();
  });

  it('lets the process die of signals again when it is disposed', () => {
    const before = process.listenerCount('SIGINT');
    watchInterrupt().dispose();
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
