/** Configurations that are imported out of memory: what became of each line, and the file. */
import { matchesGlob, resolve } from 'node:path';
import { type Imported, importFrom, type Source } from '../../../cli/import/convert.ts';
import type { LineReport } from '../../../cli/import/ledger.ts';
import type { Files } from '../../../cli/import/read.ts';
import { VOCABULARY, type Vocabulary } from '../../../cli/import/words.ts';
import { type GroupFile, keepaloftFileSchema } from '../../../core/wire/config.ts';
import { readDocument } from '../../../core/wire/document.ts';

export const CONFIG = '/etc/keepalived/keepalived.conf';
export const MEMBERS = [
  { instance: 'i-0a000000000000001', priority: undefined },
  { instance: 'i-0b000000000000002', priority: 50 },
];

export const filesOf = (files: Readonly<Record<string, string>>): Files => ({
  read: (path) => files[path],
  match: (pattern, folder) =>
    Object.keys(files)
      .filter((path) => matchesGlob(path, resolve(folder, pattern)))
      .toSorted(),
});

/** A version that knows every word that is planned, whatever the schema says. */
export const ALL_WORDS: Vocabulary = {
  file: true,
  interface: true,
  ping: true,
  reverse: true,
  route: true,
  elasticIp: true,
  takesCheck: () => true,
  takesVip: (vip) => !Object.values(vip).includes(undefined),
};
/** A version that knows none of them. */
export const FEW_WORDS: Vocabulary = {
  ...VOCABULARY,
  file: false,
  interface: false,
  ping: false,
  reverse: false,
  route: false,
  elasticIp: false,
};

export interface Given extends Partial<Omit<Source, 'files' | 'path' | 'text'>> {
  readonly files?: Readonly<Record<string, string>>;
}

export const imported = (text: string, { files = {}, ...rest }: Given = {}): Imported =>
  importFrom({ path: CONFIG, text, files: filesOf(files), members: MEMBERS, ...rest });

/** The report of the only line with this text. */
export const lineOf = ({ lines }: Imported, text: string): LineReport => {
  const found = lines.filter((line) => line.text === text);
  const [line] = found;
  if (line === undefined || found.length > 1) throw new Error(`${found.length} lines are '${text}'`);
  return line;
};

/** `12 dropped`, for each line. */
export const verdictsOf = ({ lines }: Imported): string[] =>
  lines.map(({ line, verdict }) => `${line} ${verdict}`);

/** The groups of the file, read as `keepaloft validate` reads it. @throws DocumentError */
export const groupsIn = ({ text }: Imported): Readonly<Record<string, GroupFile>> =>
  readDocument('keepaloft.yaml', text ?? '', keepaloftFileSchema).groups;

/** Their names; none of a file that is not written. @throws DocumentError */
export const namesIn = (result: Imported): string[] =>
  result.text === undefined ? [] : Object.keys(groupsIn(result));

/** An instance with a VIP, and these lines besides. */
export const instance = (lines = '', name = 'VI_1', address = '10.0.0.9'): string =>
  `vrrp_instance ${name} {\n  virtual_ipaddress {\n    ${address}\n  }\n${lines}\n}\n`;
