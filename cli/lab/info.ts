/** `keepaloft lab info`: where everything is. */

import type { LabInfo } from '../../lab/control/types.ts';
import { EXIT } from '../exit-codes.ts';
import { table } from '../table.ts';
import { type Terminal, terminalOf } from '../terminal.ts';
import { findLab } from './find.ts';

const modes: Record<LabInfo['mode'], string> = {
  root: 'as root: its namespaces are seen by `ip netns`',
  rootless: 'without root, in a user namespace of its own: enter it by `keepaloft lab exec`',
};

/** What root or rootless means, for whoever starts a lab. */
export const modeWords = (info: LabInfo): string => modes[info.mode];

/** The hosts as a table. */
export const hostLines = (info: LabInfo): string[] =>
  table(
    ['HOST', 'ADDRESS', 'INSTANCE', 'ENI', 'NAMESPACE', 'AGENT', 'SERVICE'],
    info.hosts.map((host) => [
      host.name,
      host.address,
      host.instanceId,
      host.eni,
      host.netns,
      host.agentPid === null ? '-' : String(host.agentPid),
      host.servicePid === null ? '-' : String(host.servicePid),
    ]),
  );

const print = (info: LabInfo, terminal: Terminal): void => {
  terminal.line(`lab ${terminal.paint('bold', info.lab)}, ${modeWords(info)}`);
  terminal.line(`  vips       ${info.vips.join(' ')} (UDP ${info.servicePort})`);
  terminal.line(`  client     ${info.client.address}, namespace ${info.client.netns}`);
  terminal.line(`  fabric     namespace ${info.fabric.netns}`);
  terminal.line(`  ec2        ${info.endpoints.ec2}`);
  terminal.line(`  api        ${info.endpoints.api}`);
  terminal.line(`  console    ${info.endpoints.console}`);
  terminal.line(`  dynamodb   ${info.endpoints.dynamodb}, table ${info.table}`);
  terminal.line(`  files      ${info.dir}, process ${info.pid}`);
  terminal.line();
  for (const line of hostLines(info)) {
    terminal.line(line);
  }
  terminal.line();
  for (const [name, value] of Object.entries(info.env)) {
    terminal.line(`export ${name}=${value}`);
  }
};

export const info = async (options: { lab?: string; json?: boolean }): Promise<number> => {
  const found = await findLab(options.lab).client.info();
  const terminal = terminalOf(process.stdout);
  if (options.json === true) {
    terminal.line(JSON.stringify(found, null, 2));
  } else {
    print(found, terminal);
  }
  return EXIT.ok;
};
