/** `keepaloft import`: from a keepalived.conf to a keepaloft.yaml, with a report of every line. Runs nothing and asks nobody. */
import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { terminalOf } from '../terminal.ts';
import { type Imported, importFrom } from './convert.ts';
import { machineFiles } from './files.ts';
import { countsOf } from './ledger.ts';
import type { Named } from './plan.ts';
import { reportDocument, reportLines } from './report.ts';

export interface ImportOptions {
  output?: string;
  force?: boolean;
  member?: readonly string[];
  host?: string;
  strict?: boolean;
  json?: boolean;
}

const PRIORITY_MAX = 254;

/** `i-0123456789abcdef0` or `i-0123456789abcdef0=150`. @throws CliError `bad-words` */
export const memberIn = (word: string): Named => {
  const [, instance, said] = /^(i-[0-9a-f]{8,17})(?:[=:](\d{1,3}))?$/u.exec(word) ?? [];
  const priority = said === undefined ? undefined : Number(said);
  if (instance === undefined || priority === 0 || (priority ?? 1) > PRIORITY_MAX) {
    throw new CliError('bad-words', `'${word}' is no member`, {
      remedy: 'name an instance, with its priority if you like: i-0123456789abcdef0=150',
      exitCode: EXIT.usage,
    });
  }
  return { instance, priority };
};

const readSource = (path: string): string => {
  const text = machineFiles.read(path);
  if (text !== undefined) return text;
  throw new CliError('config-unreadable', `${path} cannot be read`, {
    remedy: 'name a readable keepalived.conf, as a rule /etc/keepalived/keepalived.conf',
    exitCode: EXIT.noInput,
  });
};

const refuseExisting = (path: string, cause?: unknown): never => {
  throw new CliError('file-exists', `${path} is there already, and is not overwritten`, {
    remedy: 'name another file, or say --force',
    exitCode: EXIT.usage,
    cause,
  });
};

const write = (path: string, text: string, isForced: boolean): void => {
  try {
    writeFileSync(path, text, { flag: isForced ? 'w' : 'wx' });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') refuseExisting(path, cause);
    throw new CliError('not-written', `${path} cannot be written: ${code ?? 'error'}`, {
      remedy: 'name a file in a folder that you may write',
      exitCode: EXIT.noInput,
      cause,
    });
  }
};

const exitCodeOf = ({ text, lines }: Imported, isStrict: boolean): number => {
  if (text === undefined) return EXIT.config;
  const { dropped, human } = countsOf(lines);
  return isStrict && dropped + human > 0 ? EXIT.failed : EXIT.ok;
};

/** The file where it is asked for, else on standard output; the report beside it. */
const tell = (source: string, file: string | undefined, imported: Imported, isJson: boolean): void => {
  const screen = terminalOf(process.stdout);
  if (isJson) {
    const written = imported.text === undefined ? undefined : file;
    screen.line(JSON.stringify(reportDocument({ source, file: written ?? null }, imported), null, 2));
    return;
  }
  const report = file === undefined ? terminalOf(process.stderr) : screen;
  for (const line of reportLines(imported, report)) report.line(line);
  if (imported.text === undefined) return;
  if (file === undefined) process.stdout.write(imported.text);
  else report.line(`${file} written; next: keepaloft validate ${file}`);
};

/** @throws CliError `config-unreadable`, `bad-words`, `file-exists`, `not-written` */
export const importConfig = (source: string, options: ImportOptions): number => {
  const { output, host, force = false } = options;
  const members = (options.member ?? []).map(memberIn);
  if (output !== undefined && !force && existsSync(output)) refuseExisting(output);
  const path = resolve(source);
  const imported = importFrom({ path, text: readSource(path), files: machineFiles, host, members });
  if (output !== undefined && imported.text !== undefined) write(output, imported.text, force);
  tell(source, output, imported, options.json === true);
  return exitCodeOf(imported, options.strict === true);
};
