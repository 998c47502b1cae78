/** `keepaloft validate`: is this keepaloft.yaml right, and what does it say? */

import { readFileSync } from 'node:fs';
import type { KeepaloftFile } from '../core/wire/config.ts';
import { EXIT } from './exit-codes.ts';
import { CliError } from './failure.ts';

/**
 * Reads a keepaloft.yaml.
 * @throws CliError when it cannot be read; DocumentError with line and column of everything wrong
 */
export const readConfigFile = async (path: string): Promise<KeepaloftFile> => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CliError(
      'config-unreadable',
      `${path} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'error'}`,
      {
        remedy: 'name a readable keepaloft.yaml',
        exitCode: EXIT.noInput,
        cause,
      },
    );
  }
  const [{ readDocument }, { keepaloftFileSchema }] = await Promise.all([
    import('../core/wire/document.ts'),
    import('../core/wire/config.ts'),
  ]);
  return readDocument(path, text, keepaloftFileSchema);
};

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** One line a group, or with `json` one document. */
export const validate = async (path: string, options: { json?: boolean }): Promise<number> => {
  const file = await readConfigFile(path);
  const groups = Object.entries(file.groups);
  if (options.json === true) {
    const names = groups.map(([name, { vips, members, select }]) => ({
      name,
      vips,
      members,
      ...(select === undefined ? {} : { select }),
    }));
    process.stdout.write(`${JSON.stringify({ version: 1, ok: true, file: path, groups: names }, null, 2)}\n`);
    return EXIT.ok;
  }
  process.stdout.write(`${path}: ok, ${plural(groups.length, 'group')}\n`);
  const { selectorName } = await import('../core/wire/members.ts');
  for (const [name, { vips, members, select = [], timing, checks }] of groups) {
    const facts = [
      vips.map((vip) => vip.address).join(' '),
      [plural(members.length, 'member'), ...select.map(selectorName)].join(' and '),
      `heartbeat ${timing.heartbeat} ms, lease ${timing.lease} ms`,
      plural(Object.keys(checks).length, 'check'),
    ];
    process.stdout.write(`  ${name}: ${facts.join(', ')}\n`);
  }
  return EXIT.ok;
};
