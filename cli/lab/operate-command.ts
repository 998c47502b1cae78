/** What `keepaloft lab operate` takes on the command line. */

import { type Command, Option } from 'commander';
import { labId, wholeNumber } from '../options.ts';

const epochMax = 999_999_999;

const help = `
Commands:
  failover       move the group to the best standby, or to --to HOST; dropped if that has not begun within 10 s
  drain HOST     keep the group away from a host, also if it holds it now
  undrain HOST   let it come back, when it is needed there
  pause          nothing moves until resume: what has begun is finished, a holder that dies is not replaced
  resume         and what was due meanwhile is done
HOST is a name (host1), an instance id, holder or standby.
Exit code 3: the rules refuse it, and nothing has changed.

Examples:
  keepaloft lab operate demo failover --to host2
  keepaloft lab operate demo drain holder --reason "kernel update"
  keepaloft lab operate demo pause --if-epoch 4`;

/** Adds `operate` to `lab`. */
export const addOperateCommand = (lab: Command, setExit: (code: number) => void): void => {
  lab
    .command('operate')
    .description('give an order as an operator: failover, drain, undrain, pause, resume')
    .argument('<group>', 'which group')
    .argument('<command>', 'what to do')
    .argument('[host]', 'whom to drain or undrain')
    .addOption(
      new Option('--lab <id>', 'which lab, when several run (see `keepaloft lab list`)').argParser(labId),
    )
    .addOption(new Option('--json', 'print one JSON document'))
    .option('--to <host>', 'with failover: whom to move to')
    .option(
      '--if-epoch <n>',
      'only if the group still is at this epoch (see `keepaloft lab status`)',
      wholeNumber(0, epochMax),
    )
    .option('--reason <text>', 'why; it is noted with the order')
    .addHelpText('after', help)
    .action(
      async (
        group: string,
        command: string,
        host: string | undefined,
        options: Parameters<typeof import('./operate.ts').operate>[3],
      ) => {
        setExit(await (await import('./operate.ts')).operate(group, command, host, options));
      },
    );
};
