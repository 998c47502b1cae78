// Proves that each set of dimensions of an embedded metric is a metric of its own, as CloudWatch has it.
import { describe, expect, it } from 'vitest';
import { metricsOf } from '../../../lab/lambda/log-lines.ts';

describe('an embedded metric', () => {
  it('is measured once for each set of dimensions whose values the line carries', () => {
    const line = {
      _aws: {
        Timestamp: 7,
        CloudWatchMetrics: [
          {
            Namespace: 'Keepaloft',
            Dimensions: [['Arbiter'], ['Arbiter', 'Group'], ['Absent']],
            Metrics: [{ Name: 'Held' }],
          },
        ],
      },
      Arbiter: 'Ha',
      Group: 'mysql',
      Held: 1,
    };
    expect(metricsOf('sweep', line)).toMatchObject([
      {
        name: 'Held',
        values: [1],
        timestampMs: 7,
        dimensionSets: [{ Arbiter: 'Ha' }, { Arbiter: 'Ha', Group: 'mysql' }],
      },
    ]);
  });

  it('is none when the line is something else', () => {
    expect(metricsOf('sweep', { message: 'x' })).toEqual([]);
  });
});
