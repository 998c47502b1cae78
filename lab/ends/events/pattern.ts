/** Event patterns of EventBridge: which events a rule takes. What the lab does not know it refuses when it loads. */
import { LabError } from '../../errors.ts';

/** A JSON value, or undefined for a field that is not there. */
type Test = (value: unknown) => boolean;

type Scalar = string | number | boolean | null;

/** An event as EventBridge delivers it. */
export interface CloudEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** Whole seconds, as EventBridge writes them. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

const DEPTH_MAX = 10;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
const areScalars = (value: unknown): value is Scalar[] => Array.isArray(value) && value.every(isScalar);

const refuse = (path: string, what: string): never => {
  throw new LabError('bad-pattern', `${path}: ${what}`, {
    remedy:
      'the lab matches values, prefix, suffix, exists and anything-but: teach it lab/ends/events/pattern.ts',
  });
};

const text = (path: string, operator: string, value: unknown): string =>
  typeof value === 'string' && value !== '' ? value : refuse(path, `${operator} needs a text`);

const anythingBut = (path: string, argument: unknown): Test => {
  if (isRecord(argument)) {
    const [operator = '', value] = Object.entries(argument)[0] ?? [];
    if (Object.keys(argument).length !== 1 || (operator !== 'prefix' && operator !== 'suffix')) {
      return refuse(path, `anything-but ${operator} is not known`);
    }
    const inner = textTest(path, operator, value);
    return (one) => one !== undefined && !inner(one);
  }
  const values = isScalar(argument) ? [argument] : argument;
  if (!areScalars(values)) return refuse(path, 'anything-but needs values, prefix or suffix');
  return (one) => one !== undefined && !values.some((value) => value === one);
};

const textTest = (path: string, operator: 'prefix' | 'suffix', argument: unknown): Test => {
  const part = text(path, operator, argument);
  return (one) =>
    typeof one === 'string' && (operator === 'prefix' ? one.startsWith(part) : one.endsWith(part));
};

const operatorTest = (path: string, operators: Record<string, unknown>): Test => {
  const [operator = '', argument] = Object.entries(operators)[0] ?? [];
  if (Object.keys(operators).length !== 1) return refuse(path, 'one operator at a time');
  switch (operator) {
    case 'prefix':
    case 'suffix':
      return textTest(path, operator, argument);
    case 'exists':
      if (typeof argument !== 'boolean') return refuse(path, 'exists needs true or false');
      return (one) => (one !== undefined) === argument;
    case 'anything-but':
      return anythingBut(path, argument);
    default:
      return refuse(path, `the operator ${operator} is not known`);
  }
};

/** One field: its value, or one of its values, must pass one of the tests. */
const leaf = (path: string, alternatives: readonly unknown[]): Test => {
  if (alternatives.length === 0) return refuse(path, 'an empty list matches nothing');
  const tests = alternatives.map((alternative): Test => {
    if (isScalar(alternative)) return (one) => one === alternative;
    return isRecord(alternative) ? operatorTest(path, alternative) : refuse(path, 'a list within a list');
  });
  return (value) => {
    const values: unknown[] = Array.isArray(value) && value.length > 0 ? value : [value];
    return values.some((one) => tests.some((test) => test(one)));
  };
};

const level = (path: string, pattern: Record<string, unknown>, depth: number): Test => {
  if (depth > DEPTH_MAX) return refuse(path, `nested deeper than ${DEPTH_MAX}`);
  const fields = Object.entries(pattern).map(([name, inner]): [string, Test] => {
    const at = path === '' ? name : `${path}.${name}`;
    if (name.startsWith('$')) return refuse(at, `${name} is not known`);
    if (Array.isArray(inner)) return [name, leaf(at, inner)];
    return isRecord(inner) ? [name, level(at, inner, depth + 1)] : refuse(at, 'values stand in a list');
  });
  if (fields.length === 0) return refuse(path, 'an empty pattern');
  return (value) =>
    fields.every(([name, test]) =>
      test(isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined),
    );
};

/**
 * Compiles a pattern once, so that whatever is wrong with it shows when the lab loads.
 * @throws LabError `bad-pattern` naming the field
 */
export const compilePattern = (pattern: unknown): ((event: CloudEvent) => boolean) =>
  isRecord(pattern) ? level('', pattern, 0) : refuse('pattern', 'not an object');
