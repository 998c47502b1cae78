/**
 * EC2's flat query parameters (`Filter.1.Value.2=…`) as typed values. Every read marks the parameter as known, so
 * that `finish` can refuse whatever the action does not know, as EC2 does.
 */
import * as z from 'zod/mini';
import { Ec2Error } from './errors.ts';

const PARAMETERS_MAX = 2000;
const LIST_MAX = 1000;
const FILTERS_MAX = 50;

const booleanSchema = z.enum(['true', 'false', 'True', 'False', '1', '0']);
const integerSchema = z.string().check(z.regex(/^\d{1,9}$/));

export interface Filter {
  name: string;
  values: string[];
}

export class QueryParams {
  readonly #values: ReadonlyMap<string, string>;
  readonly #known = new Set(['Action', 'Version']);

  /** @throws {Ec2Error} InvalidParameterCombination for a repeated name, InvalidParameterValue for too many. */
  constructor(encoded: string) {
    const values = new Map<string, string>();
    for (const [name, value] of new URLSearchParams(encoded)) {
      if (values.has(name))
        throw new Ec2Error('InvalidParameterCombination', `The parameter ${name} is given twice`);
      values.set(name, value);
      if (values.size > PARAMETERS_MAX)
        throw new Ec2Error('InvalidParameterValue', 'The request has too many parameters');
    }
    this.#values = values;
  }

  /** All parameters but Action and Version, for the journal. */
  toRecord(): Record<string, string> {
    return Object.fromEntries([...this.#values].filter(([name]) => name !== 'Action' && name !== 'Version'));
  }

  optional(name: string): string | undefined {
    this.#known.add(name);
    return this.#values.get(name);
  }

  /** @throws {Ec2Error} MissingParameter */
  required(name: string): string {
    const value = this.optional(name);
    if (value === undefined || value === '')
      throw new Ec2Error('MissingParameter', `The request must contain the parameter ${name}`);
    return value;
  }

  flag(name: string): boolean {
    const text = this.optional(name);
    if (text === undefined) return false;
    const parsed = booleanSchema.safeParse(text);
    if (!parsed.success) throw invalidValue(text, name);
    return parsed.data.toLowerCase() === 'true' || parsed.data === '1';
  }

  integer(name: string, min: number, max: number): number | undefined {
    const text = this.optional(name);
    if (text === undefined) return undefined;
    const number = integerSchema.safeParse(text).success ? Number(text) : Number.NaN;
    if (!(number >= min && number <= max)) throw invalidValue(text, name);
    return number;
  }

  /** The members `name.1`, `name.2`, …; the counting stops at the first number that is absent. */
  list(name: string): string[] {
    const members: string[] = [];
    for (let index = 1; index <= LIST_MAX; index += 1) {
      const member = this.optional(`${name}.${index}`);
      if (member === undefined) break;
      members.push(member);
    }
    return members;
  }

  /** The filters `Filter.n.Name` with their `Filter.n.Value.m`. */
  filters(): Filter[] {
    const filters: Filter[] = [];
    for (let index = 1; index <= FILTERS_MAX; index += 1) {
      const name = this.optional(`Filter.${index}.Name`);
      const values = this.list(`Filter.${index}.Value`);
      if (name === undefined) break;
      if (values.length === 0)
        throw new Ec2Error('InvalidParameterValue', `The filter '${name}' has no values`);
      filters.push({ name, values });
    }
    return filters;
  }

  /** @throws {Ec2Error} UnknownParameter when the request holds something that no read asked for. */
  finish(): void {
    for (const name of this.#values.keys())
      if (!this.#known.has(name))
        throw new Ec2Error('UnknownParameter', `The parameter ${name} is not recognized`);
  }
}

/** Ends a call that only asks whether it may be made. @throws {Ec2Error} DryRunOperation */
export function endDryRun(dryRun: boolean): void {
  if (dryRun) throw new Ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
}

export const invalidValue = (value: string, name: string): Ec2Error =>
  new Ec2Error('InvalidParameterValue', `Value (${value}) for parameter ${name} is invalid.`);
