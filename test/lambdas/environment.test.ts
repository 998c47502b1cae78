// Proves that a wrong environment is named at cold start and that defaults are what they are documented to be.
import { describe, expect, it } from 'vitest';
import { parseEnvironment } from '../../lambdas/environment.ts';
import { Misconfigured } from '../../lambdas/errors.ts';

describe('parseEnvironment', () => {
  it('needs a table and nothing else', () => {
    expect(parseEnvironment({ TABLE_NAME: 'keepaloft' })).toEqual({
      tableName: 'keepaloft',
      logLevel: 'INFO',
      memberRoles: undefined,
    });
  });

  it('reads the level in any case and the roles as a list', () => {
    const parsed = parseEnvironment({ TABLE_NAME: 'keepaloft', LOG_LEVEL: 'debug', MEMBER_ROLES: 'A, B' });
    expect(parsed).toEqual({ tableName: 'keepaloft', logLevel: 'DEBUG', memberRoles: ['A', 'B'] });
  });

  it.each([
    [{}, 'TABLE_NAME'],
    [{ TABLE_NAME: 'keepaloft', LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
    [{ TABLE_NAME: 'keepaloft', MEMBER_ROLES: 'A;B' }, 'MEMBER_ROLES'],
    [{ TABLE_NAME: 'keepaloft', MEMBER_ROLES: '' }, 'MEMBER_ROLES'],
  ])('%j is refused, naming %s', (variables, name) => {
    expect(() => parseEnvironment(variables)).toThrow(Misconfigured);
    expect(() => parseEnvironment(variables)).toThrow(name);
  });
});
