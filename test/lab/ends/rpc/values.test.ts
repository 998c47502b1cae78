// Proves that a Query's flat parameters come to the structure they mean, and that a request without end is refused.
import { describe, expect, it } from 'vitest';
import { flagSchema, numberSchema, queryInput, timeSchema } from '../../../../lab/ends/rpc/values.ts';

describe('a Query', () => {
  it('counts lists and maps, and nests structures', () => {
    const encoded =
      'Action=X&Names.member.2=b&Names.member.1=a&One.Two.member.1.Id=i&Map.entry.1.key=k&Map.entry.1.value=v&Empty=';
    expect(queryInput(encoded)).toEqual({
      Action: 'X',
      Names: ['a', 'b'],
      One: { Two: [{ Id: 'i' }] },
      Map: [{ key: 'k', value: 'v' }],
      Empty: '',
    });
  });

  it('reaches no prototype', () => {
    const input = queryInput('__proto__.polluted=1&constructor.prototype.polluted=1');
    expect(Object.hasOwn(input, '__proto__')).toBe(true);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('has bounds', () => {
    const many = Array.from({ length: 2001 }, (_, index) => `A${index}=1`).join('&');
    expect(() => queryInput(many)).toThrow('too many parameters');
    expect(() => queryInput(`${'a.'.repeat(20)}b=1`)).toThrow('too many parameters');
  });
});

describe('a value in whichever form', () => {
  it('is a time, a number, a flag', () => {
    const at = new Date(1_767_323_045_000);
    for (const form of [at, 1_767_323_045, '2026-01-02T03:04:05Z'])
      expect(timeSchema.parse(form)).toEqual(at);
    expect([numberSchema.parse('-1.5'), numberSchema.parse(2)]).toEqual([-1.5, 2]);
    expect([flagSchema.parse('true'), flagSchema.parse(false)]).toEqual([true, false]);
    expect(() => timeSchema.parse('yesterday')).toThrow('Invalid input');
    expect(() => numberSchema.parse('1e5')).toThrow('Invalid input');
  });
});
