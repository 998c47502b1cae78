/** The command line of what is asked of the cloud itself rather than of an arbiter: what each command takes. */
import { type Command, Option } from 'commander';
import { labId } from './options.ts';

type SetExit = (code: number) => void;

const FILE_DEFAULT = 'keepaloft.yaml';

const findingsHelp = `
Each line begins with ✓ (well), ! (it works, and will hurt one day), ✗ (it does not work) or – (it could not be looked
at), and names a stable code and what to do.
Exit codes: 0 nothing found, 1 warnings, 2 problems, 4 no answer, 5 denied, 64 wrong usage, 66 no such file, 78 a wrong
configuration.`;

const withCloud = (command: Command): Command =>
  command
    .addOption(new Option('--lab [id]', 'the cloud of a lab on this machine').argParser(labId))
    .option('--profile <name>', 'whose AWS credentials to ask with')
    .option('--region <name>', 'where the instances are; default: AWS_REGION, or that of the profile')
    .option('--json', 'print one JSON document');

const addDoctor = (program: Command, setExit: SetExit): void => {
  program
    .command('doctor')
    .description(
      'what is wrong with an arbiter and its groups, and with the cloud around them; changes nothing',
    )
    .argument('[file]', 'a keepaloft.yaml to compare with what is deployed, and with EC2')
    .option('--endpoint <url>', 'the API of the arbiter; default: KEEPALOFT_ENDPOINT')
    .addOption(new Option('--lab [id]', 'the arbiter of a lab on this machine').argParser(labId))
    .option('--profile <name>', 'whose AWS credentials to sign with')
    .option('--region <name>', 'where the arbiter is, when its URL does not say so')
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `${findingsHelp}
What only a host can see is found there: sudo keepaloft-agent doctor.

Examples:
  keepaloft doctor
  keepaloft doctor keepaloft.yaml --json`,
    )
    .action(
      async (
        file: string | undefined,
        options: Parameters<typeof import('./doctor/doctor.ts').doctor>[1],
      ) => {
        setExit(await (await import('./doctor/doctor.ts')).doctor(file, options));
      },
    );
};

const several = (word: string, former: readonly string[] | undefined): string[] => [...(former ?? []), word];

const addInit = (program: Command, setExit: SetExit): void => {
  withCloud(
    program
      .command('init')
      .description('write a first keepaloft.yaml: asks for what is not said, looks instances up in EC2')
      .argument('[file]', 'the file to write; one that is there is left alone', FILE_DEFAULT),
  )
    .option('--group <name>', 'what the group is called')
    .option('--vip <address>', 'a VIP; may be repeated', several)
    .option('--member <id[:priority]>', 'an instance; may be repeated, the preferred one first', several)
    .option('--tag <key=value>', 'the instances with this tag; may be repeated: all must fit', several)
    .option(
      '--check <name=kind:what>',
      'a check of kind tcp, http, process, script, interface, ping or file; may be repeated',
      several,
    )
    .option('--exclusive', 'the lease is the fence: never two hosts with a VIP bound')
    .option('--print', 'print it, and write nothing')
    .addHelpText(
      'after',
      `
Asked is only on a terminal; elsewhere --group, --vip and --member (or --tag) must be given.
Exit codes: 0 written, 4 EC2 does not answer, 5 it denies, 64 something is not said, or the file is there already, 78 what
was said makes no right file.

Examples:
  keepaloft init
  keepaloft init --group mysql --vip 172.31.0.201 --tag role=db --check mysqld=tcp:127.0.0.1:3306
  keepaloft init --group web --vip 10.0.1.250 --member i-0123456789abcdef0:200 --member i-0123456789abcdef1 --print`,
    )
    .action(async (file: string, options: Parameters<typeof import('./init/init.ts').init>[1]) => {
      setExit(await (await import('./init/init.ts')).init(file, options));
    });
};

/** Adds `init`, `preflight` and `doctor`. */
export const addCloudCommands = (program: Command, setExit: SetExit): void => {
  withCloud(
    program
      .command('preflight')
      .description('before a deployment: would this keepaloft.yaml work? Reads EC2, changes nothing')
      .argument('[file]', 'the configuration file', FILE_DEFAULT),
  )
    .addHelpText(
      'after',
      `${findingsHelp}\n\nExamples:\n  keepaloft preflight\n  keepaloft preflight keepaloft.yaml --profile production --region eu-west-1`,
    )
    .action(async (file: string, options: Parameters<typeof import('./cloud/preflight.ts').preflight>[1]) => {
      setExit(await (await import('./cloud/preflight.ts')).preflight(file, options));
    });
  addDoctor(program, setExit);
  addInit(program, setExit);
};
