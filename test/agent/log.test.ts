// Proves that log lines are JSON with ISO times and that no secret gets into them.
import { describe, expect, it } from 'vitest';
import { captureLog } from './captured-log.ts';

describe('log', () => {
  it('writes one object a line, with a readable time and level', () => {
    const { log, lines } = captureLog('info');
    log.debug('not at this level');
    log.warn({ group: 'mysql' }, 'hello');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ level: 'warn', group: 'mysql', msg: 'hello' });
    expect(lines[0]?.['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('blanks secrets', () => {
    const { log, lines } = captureLog();
    log.info({ secretAccessKey: 'abc', headers: { authorization: 'AWS4 abc' }, token: 'abc' }, 'x');
    expect(JSON.stringify(lines)).not.toContain('abc');
  });
});
