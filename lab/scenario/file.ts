/** Finds and reads scenario files. */

import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { readDocument } from '../../core/wire/document.ts';
import { LabError } from '../errors.ts';
import { type Scenario, scenarioSchema } from './schema.ts';

const folder = fileURLToPath(new URL('../scenarios/', import.meta.url));
const extension = '.yaml';

/** Names of the scenarios that come with the lab. */
export const scenarioNames = (): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(extension))
    .map((name) => basename(name, extension))
    .toSorted();

/** A name without a slash and without an ending is one of the lab's own; everything else is a path. */
const pathOf = (nameOrPath: string): string =>
  scenarioNames().includes(nameOrPath) ? join(folder, `${nameOrPath}${extension}`) : nameOrPath;

/** A scenario, and its `lab.config` (or what `lab.configFile` names) as it stands there, ready to be written to a keepaloft.yaml. */
export interface LoadedScenario {
  scenario: Scenario;
  config: string | null;
}

/** @throws DocumentError with line and column of everything wrong */
export const parseScenario = (name: string, text: string): LoadedScenario => {
  const scenario = readDocument(name, text, scenarioSchema);
  // Defaults are filled in and durations turned into numbers in `scenario`; the lab wants the file as it was written.
  const raw: unknown = parse(text);
  const lab: unknown = typeof raw === 'object' && raw !== null && 'lab' in raw ? raw.lab : null;
  const config: unknown = typeof lab === 'object' && lab !== null && 'config' in lab ? lab.config : null;
  return { scenario, config: config === null ? null : JSON.stringify(config) };
};

/** A keepaloft.yaml as it was written. @throws LabError `config-unreadable` */
export const readConfig = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new LabError('config-unreadable', `${path} cannot be read`, {
      remedy: 'name a readable keepaloft.yaml; a scenario does as lab.configFile, seen from its own folder',
      cause,
    });
  }
};

/**
 * Reads a scenario by its name or by its path.
 * @throws LabError `no-such-scenario`, `config-unreadable`; DocumentError when the file is wrong
 */
export const loadScenario = (nameOrPath: string): LoadedScenario => {
  let text: string;
  try {
    text = readFileSync(pathOf(nameOrPath), 'utf8');
  } catch (cause) {
    throw new LabError('no-such-scenario', `there is no scenario '${nameOrPath}'`, {
      remedy: `name a file or one of: ${scenarioNames().join(', ')}`,
      cause,
    });
  }
  const loaded = parseScenario(nameOrPath, text);
  const { configFile } = loaded.scenario.lab;
  return configFile === undefined
    ? loaded
    : { ...loaded, config: readConfig(resolve(dirname(pathOf(nameOrPath)), configFile)) };
};
