/** A keepaloft.yaml for a lab, in a directory that is removed with it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The id of a lab's instance, counted from 1. */
export const instance = (number: number): string => `i-${number.toString(16).padStart(17, '0')}`;

/** Members of a group: the lab's first hosts, with these priorities. */
export const members = (...priorities: number[]): { instance: string; priority: number }[] =>
  priorities.map((priority, index) => ({ instance: instance(index + 1), priority }));

export interface DocumentFile {
  readonly path: string;
  remove(): void;
}

/** Writes text, or any value as JSON (which is YAML). */
export const documentFile = (content: unknown): DocumentFile => {
  const directory = mkdtempSync(join(tmpdir(), 'keepaloft-e2e-'));
  const path = join(directory, 'keepaloft.yaml');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return { path, remove: () => rmSync(directory, { recursive: true }) };
};
