/**
 * Evaluates the intrinsic functions of a template with the lab's own values. Strict: what it does not know is an error
 * that names the place, never a guess.
 */
import * as z from 'zod/mini';
import { LAB_ACCOUNT_ID, LAB_REGION } from '../ends/credentials.ts';
import { type NameValues, namesOf } from './names.ts';
import { type Template, unfit } from './template.ts';

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': LAB_ACCOUNT_ID,
  'AWS::Partition': 'aws',
  'AWS::Region': LAB_REGION,
  'AWS::StackId': `arn:aws:cloudformation:${LAB_REGION}:${LAB_ACCOUNT_ID}:stack/keepaloft/lab`,
  'AWS::StackName': 'keepaloft',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** A property to be left out, as `AWS::NoValue` says. */
const NO_VALUE = Symbol('AWS::NoValue');
const VARIABLE = /\$\{(!?)([^}]*)\}/g;

const getAttSchema = z.union([
  z.tuple([z.string(), z.string()]),
  z.pipe(
    z.string().check(z.regex(/^[^.]+\..+$/)),
    z.transform((both): [string, string] => {
      const dot = both.indexOf('.');
      return [both.slice(0, dot), both.slice(dot + 1)];
    }),
  ),
]);
const joinSchema = z.tuple([z.string(), z.unknown()]);
const subSchema = z.union([
  z.pipe(
    z.string(),
    z.transform((pattern): [string, Record<string, unknown>] => [pattern, {}]),
  ),
  z.tuple([z.string(), z.record(z.string(), z.unknown())]),
]);
const selectSchema = z.tuple([z.union([z.int(), z.string()]), z.unknown()]);
const splitSchema = z.tuple([z.string(), z.unknown()]);

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Name and argument of an intrinsic function, if that is what the value is. */
const intrinsicOf = (value: Record<string, unknown>): [string, unknown] | undefined => {
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return undefined;
  return entry[0] === 'Ref' || entry[0].startsWith('Fn::') ? entry : undefined;
};

const unknownName = (where: string, what: string): never => {
  throw unfit(
    `${where}: the lab does not know ${what}`,
    'is it in the template? Types are taught to the lab in lab/cloud/names.ts, functions in lab/cloud/resolve.ts',
  );
};

export class Resolver {
  readonly #template: Template;
  readonly #values: NameValues;

  constructor(template: Template, values: NameValues) {
    this.#template = template;
    this.#values = values;
  }

  /**
   * @param where the place in the template, for errors
   * @throws LabError `template-unfit`
   */
  resolve(value: unknown, where: string): unknown {
    if (Array.isArray(value)) {
      return value
        .map((item, index) => this.resolve(item, `${where}[${index}]`))
        .filter((item) => item !== NO_VALUE);
    }
    if (!isRecord(value)) return value;
    const intrinsic = intrinsicOf(value);
    if (intrinsic !== undefined) return this.#call(...intrinsic, where);
    const fields = Object.entries(value).map(([name, field]): [string, unknown] => [
      name,
      this.resolve(field, `${where}.${name}`),
    ]);
    return Object.fromEntries(fields.filter(([, field]) => field !== NO_VALUE));
  }

  /** A value that must come to a text. @throws LabError `template-unfit` */
  text(value: unknown, where: string): string {
    const resolved = this.resolve(value, where);
    if (typeof resolved === 'string') return resolved;
    throw unfit(`${where}: comes to ${JSON.stringify(resolved)}, not to a text`, 'look at the construct');
  }

  /** The physical name of a resource, as `Ref` gives it. */
  ref(id: string, where: string): string | typeof NO_VALUE {
    if (id === 'AWS::NoValue') return NO_VALUE;
    const known =
      PSEUDO[id] ?? namesOf(id, this.#template, this.#values)?.ref ?? this.#template.parameters[id];
    return known ?? unknownName(where, `Ref ${this.#typed(id)}`);
  }

  attribute(id: string, attribute: string, where: string): string {
    const known = namesOf(id, this.#template, this.#values)?.attributes[attribute];
    return known ?? unknownName(where, `Fn::GetAtt ${attribute} of ${this.#typed(id)}`);
  }

  #typed(id: string): string {
    const type = this.#template.resources[id]?.Type;
    return type === undefined ? id : `${id} (${type})`;
  }

  #call(name: string, argument: unknown, where: string): unknown {
    const at = `${where}.${name}`;
    switch (name) {
      case 'Ref':
        return this.ref(checked(z.string(), argument, at), where);
      case 'Fn::GetAtt':
        return this.attribute(...checked(getAttSchema, argument, at), where);
      case 'Fn::Join': {
        const [separator, parts] = checked(joinSchema, argument, at);
        return this.#texts(parts, at).join(separator);
      }
      case 'Fn::Sub':
        return this.#substituted(...checked(subSchema, argument, at), at);
      case 'Fn::Select': {
        const [index, items] = checked(selectSchema, argument, at);
        return this.#texts(items, at)[Number(index)] ?? unknownName(at, `item ${index}`);
      }
      case 'Fn::Split': {
        const [separator, whole] = checked(splitSchema, argument, at);
        return this.text(whole, at).split(separator);
      }
      default:
        return unknownName(where, name);
    }
  }

  #texts(value: unknown, where: string): string[] {
    return checked(z.array(z.string()), this.resolve(value, where), where);
  }

  #substituted(pattern: string, variables: Record<string, unknown>, where: string): string {
    return pattern.replace(VARIABLE, (_all, isLiteral: string, name: string) => {
      if (isLiteral !== '') return `\${${name}}`;
      if (Object.hasOwn(variables, name)) return this.text(variables[name], where);
      const dot = name.indexOf('.');
      return dot < 0
        ? this.text({ Ref: name }, where)
        : this.attribute(name.slice(0, dot), name.slice(dot + 1), where);
    });
  }
}

/** @throws LabError `template-unfit` naming the place */
export const checked = <T extends z.ZodMiniType>(schema: T, value: unknown, where: string): z.output<T> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = [where, ...(issue?.path ?? []).map(String)].join('.');
  const keys = issue?.code === 'unrecognized_keys' ? ` (${issue.keys.join(', ')})` : '';
  throw unfit(
    `${path}: ${issue?.message ?? 'not understood'}${keys}`,
    'the lab plays what the template needs and refuses the rest: teach it in lab/cloud/',
  );
};
