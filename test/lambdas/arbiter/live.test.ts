// Proves what a Lambda prints: one metric line in CloudWatch's embedded format per change, one JSON line per event.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDeps } from '../../../lambdas/arbiter/live.ts';

const environment = { tableName: 'keepaloft', logLevel: 'INFO', memberRoles: undefined } as const;

/** Runs `print` and gives the lines that went to standard output. */
const printed = (print: () => void): unknown[] => {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written.push(String(chunk));
    return true;
  });
  print();
  vi.restoreAllMocks();
  return written
    .join('')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
};

describe('live dependencies', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('a counted change is one EMF line with its group as a dimension', () => {
    const lines = printed(() => createDeps(environment).metrics.count('Transfers', 2, 'mysql'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      Arbiter: 'keepaloft',
      Group: 'mysql',
      Transfers: 2,
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: 'Keepaloft',
            Dimensions: [['Arbiter', 'Group']],
            Metrics: [{ Name: 'Transfers', Unit: 'Count' }],
          },
        ],
      },
    });
  });

  it('values that belong together are one EMF line, each with its unit', () => {
    const tell = () => {
      const { metrics } = createDeps({ ...environment, arbiter: 'Ha' });
      metrics.tell({ Held: 1, MovingAgeMs: 0, LeaseMargin: 63.5 }, 'mysql');
      metrics.tell({ Sweeps: 1 });
    };
    expect(printed(tell)).toMatchObject([
      {
        Arbiter: 'Ha',
        Group: 'mysql',
        Held: 1,
        MovingAgeMs: 0,
        LeaseMargin: 63.5,
        _aws: {
          CloudWatchMetrics: [
            {
              Dimensions: [['Arbiter', 'Group']],
              Metrics: [
                { Name: 'Held', Unit: 'Count' },
                { Name: 'MovingAgeMs', Unit: 'Milliseconds' },
                { Name: 'LeaseMargin', Unit: 'Percent' },
              ],
            },
          ],
        },
      },
      { Arbiter: 'Ha', Sweeps: 1, _aws: { CloudWatchMetrics: [{ Dimensions: [['Arbiter']] }] } },
    ]);
  });

  it('an event is one JSON line whose fields stand beside its message; debug lines stay silent', () => {
    const lines = printed(() => {
      const { logger } = createDeps(environment);
      logger.debug('swap', { group: 'mysql' });
      logger.info('group-event', { type: 'transfer', group: 'mysql', epoch: 3, from: null, to: 'i-1' });
    });
    expect(lines).toMatchObject([
      {
        level: 'INFO',
        message: 'group-event',
        service: 'keepaloft',
        type: 'transfer',
        group: 'mysql',
        epoch: 3,
        from: null,
        to: 'i-1',
      },
    ]);
  });

  it('nonces are twelve characters and differ', () => {
    const { nonce } = createDeps(environment);
    const some = Array.from({ length: 100 }, () => nonce());
    expect(new Set(some).size).toBe(100);
    expect(some.every((text) => /^[\w-]{12}$/.test(text))).toBe(true);
  });
});
