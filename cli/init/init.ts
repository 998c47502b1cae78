/** `keepaloft init`: a first keepaloft.yaml, from what is said, what EC2 knows and what is answered. */
import { existsSync, writeFileSync } from 'node:fs';
import { keepaloftFileSchema } from '../../core/wire/config.ts';
import { readDocument } from '../../core/wire/document.ts';
import { canAsk } from '../arbiter/confirm.ts';
import { type Cloud, type CloudOptions, explainCloud, openCloud } from '../cloud/client.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { terminalOf } from '../terminal.ts';
import { openAsker } from './ask.ts';
import { planText } from './document.ts';
import { type Lookup, makePlan, type Said } from './plan.ts';

export interface InitOptions extends CloudOptions, Said {
  json?: boolean;
  print?: boolean;
}

const refuseExisting = (path: string, cause?: unknown): never => {
  throw new CliError('file-exists', `${path} is there already, and is not overwritten`, {
    remedy: 'name another file, or see with --print what would be written',
    exitCode: EXIT.usage,
    cause,
  });
};

/**
 * Looks things up in EC2. When tags were named it must answer; otherwise what it could tell is only a convenience, and an
 * EC2 that cannot be asked is told once.
 */
const lookupOf = (options: InitOptions, clouds: Cloud[]): Lookup => {
  const screen = terminalOf(process.stderr);
  const isNeeded = (options.tag ?? []).length > 0;
  let isHopeless = false;
  const cloudNow = async (): Promise<Cloud> => {
    const [known] = clouds;
    if (known !== undefined) return known;
    const opened = await openCloud(options);
    clouds.push(opened);
    return opened;
  };
  return async (ask) => {
    if (isHopeless) return undefined;
    try {
      return await ask((await cloudNow()).client);
    } catch (cause) {
      const error = explainCloud(cause, clouds[0] ?? { name: 'AWS' });
      if (isNeeded) throw error;
      isHopeless = true;
      screen.line(screen.paint('dim', `nothing is looked up: ${error.message}`));
      return undefined;
    }
  };
};

const textFor = async (options: InitOptions): Promise<string> => {
  const asker = canAsk() ? openAsker() : undefined;
  const clouds: Cloud[] = [];
  try {
    return planText(await makePlan(options, lookupOf(options, clouds), asker));
  } finally {
    asker?.close();
    for (const { client } of clouds) client.destroy();
  }
};

const write = (path: string, text: string): void => {
  try {
    // Never over what is there, also if it came to be there while questions were answered.
    writeFileSync(path, text, { flag: 'wx' });
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

/** @throws CliError; DocumentError when what was said makes no right file: then nothing is written */
export const init = async (path: string, options: InitOptions): Promise<number> => {
  const isPrint = options.print === true;
  if (!isPrint && existsSync(path)) refuseExisting(path);
  const text = await textFor(options);
  const { groups } = readDocument(path, text, keepaloftFileSchema);
  const terminal = terminalOf(process.stdout);
  if (!isPrint) write(path, text);
  if (options.json === true) {
    const named = Object.keys(groups);
    terminal.line(JSON.stringify({ v: 1, file: path, written: !isPrint, groups: named, text }, null, 2));
  } else if (isPrint) {
    process.stdout.write(text);
  } else {
    terminal.line(`${path} written; next: keepaloft preflight ${path}`);
  }
  return EXIT.ok;
};
