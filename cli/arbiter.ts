/** The command line of the operator's commands: what each of them takes. Their parts are loaded when they run. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { duration, labId, wholeNumber } from './options.ts';

type SetExit = (code: number) => void;
type Orders = typeof import('./arbiter/order.ts');
type OrderOptions = Parameters<Orders['giveOrder']>[1];

const epochMax = 999_999_999;
const eventsMax = 200;
const reasonCharsMax = 200;

const arbiterHelp = `
Which arbiter: --endpoint or --lab; else KEEPALOFT_ENDPOINT; else the one lab that runs on this machine.`;

const orderHelp = `${arbiterHelp}
Before anything is ordered you are asked, and the order is refused if the group has changed hands since you were
shown it. Without a terminal it needs --yes. GROUP as \`keepaloft status\` shows it; NODE is an instance id, in a lab
also a host's name, or holder or standby.
Exit codes: 0 taken (with --wait: done), 1 not done within --timeout, 3 refused by the rules: nothing has changed,
4 no answer: it may have been taken, 5 denied.`;

/** A group's name; the rule of `core/wire/names.ts` is the arbiter's to apply, this one keeps typing errors from it. */
const groupName = (text: string): string => {
  if (!/^[a-z][a-z0-9-]{0,31}$/u.test(text)) {
    throw new InvalidArgumentError(
      'A group is 1 to 32 characters of a-z, 0-9 and -, beginning with a letter.',
    );
  }
  return text;
};

const reason = (text: string): string => {
  if (!/^\P{Cc}+$/u.test(text) || text.length > reasonCharsMax) {
    throw new InvalidArgumentError(`It must be 1 to ${reasonCharsMax} characters on one line.`);
  }
  return text;
};

/** What every command that speaks to an arbiter takes. */
const withTarget = (command: Command): Command =>
  command
    .option('--endpoint <url>', 'the API of the arbiter; default: KEEPALOFT_ENDPOINT')
    .addOption(new Option('--lab [id]', 'the arbiter of a lab on this machine').argParser(labId))
    .option('--profile <name>', 'whose AWS credentials to sign with')
    .option('--region <name>', 'where the arbiter is, when its URL does not say so')
    .option('--json', 'print one JSON document');

const withOrder = (command: Command): Command =>
  withTarget(command)
    .addOption(new Option('--reason <text>', 'why; it is noted with the order').argParser(reason))
    .option('--if-epoch <n>', 'only if the group still is at this epoch', wholeNumber(0, epochMax))
    .option('-y, --yes', 'do not ask')
    .option('--dry-run', 'show what would be asked, and send nothing')
    .option('--wait', 'wait until it has happened')
    .addOption(
      new Option('--timeout <duration>', 'with --wait: how long').argParser(duration).default('30s'),
    );

const addLooks = (program: Command, setExit: SetExit): void => {
  withTarget(
    program
      .command('status')
      .description('how each group is; exit 0 ok, 1 no standby, 2 down')
      .argument('[group]', 'only this one', groupName),
  )
    .option('--watch', 'keep showing it until Ctrl-C')
    .addHelpText('after', `${arbiterHelp}\n\nExamples:\n  keepaloft status\n  keepaloft status mysql --watch`)
    .action(
      async (
        group: string | undefined,
        options: Parameters<typeof import('./arbiter/status.ts').status>[1],
      ) => {
        setExit(await (await import('./arbiter/status.ts')).status(group, options));
      },
    );
  withTarget(
    program
      .command('history')
      .description('what was decided about a group, by whom and why, for the last 90 days')
      .argument('<group>', 'which one', groupName),
  )
    .option('-n, --number <n>', 'how many decisions; default: 20', wholeNumber(1, eventsMax))
    .addHelpText('after', `${arbiterHelp}\n\nExample:\n  keepaloft history mysql -n 5`)
    .action(async (group: string, options: Parameters<typeof import('./arbiter/history.ts').history>[1]) => {
      setExit(await (await import('./arbiter/history.ts')).history(group, options));
    });
};

const addOrders = (program: Command, setExit: SetExit): void => {
  const order = async (words: Parameters<Orders['giveOrder']>[0], options: OrderOptions): Promise<void> =>
    setExit(await (await import('./arbiter/order.ts')).giveOrder(words, options));

  withOrder(
    program
      .command('failover')
      .description('move a group to the best standby, or to --to NODE')
      .argument('<group>', 'which one', groupName),
  )
    .option('--to <node>', 'whom to move it to')
    .addHelpText(
      'after',
      `${orderHelp}\n\nExamples:\n  keepaloft failover mysql --wait\n  keepaloft failover mysql --to i-0123456789abcdef0 --reason "kernel update"`,
    )
    .action((group: string, { to: node, ...options }: OrderOptions & { to?: string }) =>
      order({ do: 'failover', group, node }, options),
    );
  for (const [name, description] of [
    ['drain', 'keep a group away from a member, also if it holds it now'],
    ['undrain', 'let it come back, when it is needed there'],
  ] as const) {
    withOrder(
      program
        .command(name)
        .description(description)
        .argument('<group>', 'which one', groupName)
        .argument('<node>', 'which member'),
    )
      .addHelpText('after', `${orderHelp}\n\nExample:\n  keepaloft ${name} mysql holder --wait`)
      .action((group: string, node: string, options: OrderOptions) =>
        order({ do: name, group, node }, options),
      );
  }
  for (const [name, description] of [
    ['pause', 'nothing moves until resume: what has begun is finished, a holder that dies is not replaced'],
    ['resume', 'let it move again: what was due meanwhile is done'],
    [
      'adopt',
      'look where its VIPs are, and make the member that has them the holder instead of moving them back',
    ],
  ] as const) {
    withOrder(program.command(name).description(description).argument('<group>', 'which one', groupName))
      .addHelpText('after', `${orderHelp}\n\nExample:\n  keepaloft ${name} mysql --reason "maintenance"`)
      .action((group: string, options: OrderOptions) => order({ do: name, group }, options));
  }
};

/** Adds `status`, `history` and the orders. */
export const addArbiterCommands = (program: Command, setExit: SetExit): void => {
  addLooks(program, setExit);
  addOrders(program, setExit);
};
