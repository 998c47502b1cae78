/**
 * A supervisor to be killed: claims a lab, builds its network, runs a service in it, says so and waits for ever.
 * Arguments: mode (root or rootless), and `reaper` to start the watchdog as well.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createVpcNetwork } from '../../../lab/net/namespaces.ts';
import { obtainPrivilege } from '../../../lab/net/privilege.ts';
import { startReaper } from '../../../lab/reaper/start.ts';
import { claimLabDirectory } from '../../../lab/state.ts';

const serviceFile = fileURLToPath(new URL('../../../lab/service/main.ts', import.meta.url));
const mode = process.argv[2] === 'rootless' ? 'rootless' : 'root';
const { labId, directory } = claimLabDirectory();
const reaper = process.argv[3] === 'reaper' ? startReaper(labId) : null;
const privilege = await obtainPrivilege({ labId, mode, visibleDirectory: directory });
const network = await createVpcNetwork({
  labId,
  privilege,
  hosts: [{ name: 'host1', address: '172.31.0.11' }],
  clientAddress: '172.31.0.100',
  gateway: '172.31.0.1',
  apiAddress: '172.31.255.1',
  imdsAddress: '169.254.169.254',
});
const [program, ...words] = network.enter(network.host('host1').namespace);
const service = spawn(program ?? '', [...words, process.execPath, serviceFile, '--host=host1'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { PATH: process.env['PATH'], KEEPALOFT_LAB: labId },
});
await once(service.stdout, 'data');
const report = {
  labId,
  directory,
  servicePid: service.pid,
  holderPid: privilege.holderPid,
  reaperPid: reaper?.pid,
};
process.stdout.write(`${JSON.stringify(report)}\n`);
setInterval(() => undefined, 60_000);
