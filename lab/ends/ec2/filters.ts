/** EC2 filters: several values of one filter are alternatives, several filters must all hold, `*` and `?` are wildcards. */

import { Ec2Error } from './errors.ts';
import type { Tags } from './model.ts';
import type { Filter } from './params.ts';

/** What a resource shows under each filter name. */
export type FilterTable<T> = Readonly<Record<string, (resource: T) => readonly (string | undefined)[]>>;

const SPECIAL = /[\\^$.|+()[\]{}]/g;

function matcher(pattern: string): (value: string) => boolean {
  if (!/[*?\\]/.test(pattern)) return (value) => value === pattern;
  const source = pattern.replace(SPECIAL, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 's');
  return (value) => expression.test(value);
}

function valuesOf<T extends { tags: Tags }>(
  table: FilterTable<T>,
  name: string,
): (resource: T) => readonly (string | undefined)[] {
  if (name.startsWith('tag:')) return (resource) => [resource.tags[name.slice('tag:'.length)]];
  if (name === 'tag-key') return (resource) => Object.keys(resource.tags);
  const values = Object.hasOwn(table, name) ? table[name] : undefined;
  if (values === undefined) throw new Ec2Error('InvalidParameterValue', `The filter '${name}' is invalid`);
  return values;
}

/**
 * The resources that pass all filters.
 *
 * @throws {Ec2Error} InvalidParameterValue for a filter name the table does not know.
 */
export function applyFilters<T extends { tags: Tags }>(
  resources: readonly T[],
  filters: readonly Filter[],
  table: FilterTable<T>,
): T[] {
  const tests = filters.map(({ name, values }) => ({
    read: valuesOf(table, name),
    matches: values.map((value) => matcher(value)),
  }));
  return resources.filter((resource) =>
    tests.every(({ read, matches }) =>
      read(resource).some((value) => value !== undefined && matches.some((match) => match(value))),
    ),
  );
}
