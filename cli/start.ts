/** `keepaloft start`, which `npm start` calls: the command line of the demonstration. */

import type { Command } from 'commander';

const help = `
What happens: three hosts, a client and the network between them are made out of network namespaces on this
machine; on each host the shipped agent runs, and the shipped Lambda answers them. A client sends a probe to the
virtual IP every 2 ms. Then the holder dies by kill -9, and you see each step of the failover and how long the
client was without an answer. After that the lab keeps running until Ctrl-C, for you to try things.

Examples:
  npm start                       the demonstration, then a live status
  npm start -- --once             only the demonstration
  npm start -- --once --json      one JSON document: outageMs, owners, timeline, lab, probe, measured`;

export const addStartCommand = (program: Command, setExit: (code: number) => void): void => {
  program
    .command('start')
    .description('show a failover: a lab of three hosts whose holder is killed under a running client')
    .option('--once', 'end after the demonstration')
    .option('--json', 'print one JSON document on standard output, progress on standard error')
    .addHelpText('after', help)
    .action(async (options: { once?: boolean; json?: boolean }) => {
      const { demonstrate } = await import('./lab/demo.ts');
      setExit(await demonstrate({ once: options.once === true, json: options.json === true }));
    });
};
