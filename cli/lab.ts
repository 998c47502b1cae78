/** The command line of `keepaloft lab`: what each subcommand takes. Its parts are loaded when it runs. */

import { type Command, Option } from 'commander';
import { duration, labId, minutes, seconds, seed, wholeNumber } from './options.ts';

const hostsMax = 8;
const delayMsMax = 60_000;
const percentMax = 100;
const offsetMsMax = 86_400_000;
const probeSecondsMax = 86_400;
const nemesisMinutesMax = 1440;
const nemesisMinutes = 10;
const nemesisGroupsMax = 3;
const nemesisGroups = 2;
const nemesisRoundsMax = 10_000;

const overview = `
A lab is a VPC on this machine: network namespaces for the hosts, the client and the fabric between them, and ends
that speak the protocols of EC2, IMDS, API Gateway, DynamoDB, EventBridge, CloudWatch and SNS. The agents and Lambdas
in it are the shipped ones, wired by the template that would be deployed.
It needs Linux and either root or user namespaces. Several labs may run side by side. Orders are given as in the cloud:
keepaloft failover, drain, undrain, pause, resume, adopt.

Examples:
  keepaloft lab up --detach            start one in the background
  keepaloft lab status --watch         who holds the address, twice a second
  keepaloft lab probe --seconds 20     measure: a client that sends every 2 ms
  keepaloft lab fault kill holder      in another terminal, meanwhile
  keepaloft lab heal                   end all faults
  keepaloft lab down                   remove it without a trace`;

const faultHelp = `
Kinds and their targets:
  kill HOST             kill -9 of agent and services; heal starts them again
  agent HOST            kill -9 of the agent alone; heal starts it again
  service HOST          kill -9 of the services alone, or of --service: the health check notices
  restart HOST          kill -9 of the agent, which starts again at once
  old-config HOST       the agent is restarted with the configuration of an earlier deployment
  freeze HOST           SIGSTOP to both; thaw HOST or heal ends it
  freeze-agent HOST     SIGSTOP to the agent alone: the service goes on answering
  stop HOST             SIGTERM to the agent: it hands over in order; start HOST or heal starts it again
  clock HOST|arbiter    the wall clock is off by --offset-ms; a host's agent is restarted with it
  boot-clock HOST       the agent is restarted in a time namespace whose boot clock is ahead by --offset-ms
  cut-host HOST         no packet to or from the host
  cut-peers HOST        the host cannot reach the other hosts (with "all": none reaches another)
  cut-arbiter HOST      the host cannot reach the arbiter's API
  cut-to-arbiter HOST   what the host sends to the API is lost, not what comes back
  cut-from-arbiter HOST what comes back from the API is lost, not what the host sends
  loss A/B              loses --percent of the packets between two ends, for example host1/arbiter or host1/client
  delay HOST/arbiter    holds what is sent by --ms
  ec2-throttle ACTION   EC2 answers RequestLimitExceeded; ACTION is for example AssignPrivateIpAddresses, or all
  ec2-error ACTION      EC2 answers the error --code
  ec2-slow API          EC2 acknowledges --ms later, and the fabric follows as much later again; API is all
  ec2-stale ACTION      EC2 takes a call only after --ms, so that a later one overtakes it
  dynamodb-error OP     DynamoDB fails; OP is an operation, or all
  dynamodb-throttle OP  DynamoDB throttles
  dynamodb-slow OP      DynamoDB takes --ms longer for each call
  lambda-freeze API     the arbiter's Lambdas stand still and go on later; API is all
  instance-stop HOST    EC2 stops the instance and says so on the event bus; start HOST or heal starts it again
  instance-force-stop HOST  the same, without letting its system end anything first
  instance-terminate HOST  EC2 ends the instance for good and says so: nothing heals that
  spot-notice HOST      AWS announces that it takes the instance away in two minutes, and does not
  imds-error HOST       the metadata service of the host answers 503
  imds-denied HOST      it answers 403, as where it is switched off
  imds-gone HOST        it takes no connections
  imds-slow HOST        it answers --ms later
  imds-stale HOST       its lists of addresses stay as they are
  net-utils HOST        something on the host makes the kernel have what the metadata service lists, every --ms, as Amazon
                        Linux's amazon-ec2-net-utils with networkd
  address-manager HOST  something takes every address away, every --ms, and puts its own back, as NetworkManager and netplan do
  events-drop TYPE      the event bus loses what it should deliver; TYPE is a detail-type, or all
  events-slow TYPE      it delivers --ms later
  events-repeat TYPE    it delivers everything twice
HOST is a name (host1), an instance id, holder, standby or all.

Examples:
  keepaloft lab fault kill holder
  keepaloft lab fault cut-arbiter all --for 60s
  keepaloft lab fault loss host1/arbiter --percent 20 --for 30s
  keepaloft lab fault ec2-throttle AssignPrivateIpAddresses --for 8s`;

type SetExit = (code: number) => void;

const labOption = (): Option =>
  new Option('--lab <id>', 'which lab, when several run (see `keepaloft lab list`)').argParser(labId);
const jsonOption = (): Option => new Option('--json', 'print one JSON document');

const addUp = (lab: Command, setExit: SetExit): void => {
  lab
    .command('up')
    .description('start a lab and show it until Ctrl-C, or with --detach leave it running')
    .option('--config <file>', 'a keepaloft.yaml; default: one group "demo" on all hosts')
    .option('--hosts <n>', 'how many hosts', wholeNumber(1, hostsMax))
    .option('--ack-ms <n>', 'how long EC2 takes to acknowledge a call', wholeNumber(0, delayMsMax))
    .option('--propagation-ms <n>', 'and then to apply it', wholeNumber(0, delayMsMax))
    .option('--detach', 'return when the lab is ready')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  keepaloft lab up\n  keepaloft lab up --detach --hosts 4 --ack-ms 200 --propagation-ms 800',
    )
    .action(async (options: Parameters<typeof import('./lab/up.ts').up>[0]) => {
      setExit(await (await import('./lab/up.ts')).up(options));
    });
  lab
    .command('down')
    .description('take a lab down; nothing of it is left')
    .addOption(labOption())
    .option('--all', 'all labs of this user, and what dead ones left behind')
    .action(async (options: { lab?: string; all?: boolean }) => {
      setExit(await (await import('./lab/down.ts')).down(options));
    });
};

const addLooks = (lab: Command, setExit: SetExit): void => {
  lab
    .command('status')
    .description('who holds each address; exit 0 ok, 1 no healthy standby, 2 not served')
    .addOption(labOption())
    .addOption(jsonOption())
    .option('--watch', 'keep showing it until Ctrl-C')
    .action(async (options: { lab?: string; json?: boolean; watch?: boolean }) => {
      setExit(await (await import('./lab/status.ts')).status(options));
    });
  lab
    .command('info')
    .description('addresses, namespaces, process ids, endpoints and credentials')
    .addOption(labOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample, the AWS CLI against a lab:\n  eval "$(keepaloft lab info | grep ^export)"; aws ec2 describe-instances --endpoint-url "$AWS_ENDPOINT_URL_EC2"',
    )
    .action(async (options: { lab?: string; json?: boolean }) => {
      setExit(await (await import('./lab/info.ts')).info(options));
    });
  lab
    .command('list')
    .description('the labs of this user')
    .addOption(jsonOption())
    .action(async (options: { json?: boolean }) => {
      setExit(await (await import('./lab/list.ts')).list(options));
    });
  lab
    .command('logs')
    .description('what happened: faults, transfers, EC2 calls, processes, what agents and Lambdas say')
    .addOption(labOption())
    .option('-f, --follow', 'go on until Ctrl-C')
    .option('--beats', 'every heartbeat as well')
    .option('--json', 'one JSON object a line')
    .action(async (options: { lab?: string; follow?: boolean; beats?: boolean; json?: boolean }) => {
      setExit(await (await import('./lab/logs.ts')).logs(options));
    });
};

const addFaults = (lab: Command, setExit: SetExit): void => {
  lab
    .command('fault')
    .description('break something on purpose')
    .argument('<kind>', 'what happens')
    .argument('<target>', 'to whom')
    .addOption(labOption())
    .addOption(jsonOption())
    .option('--for <duration>', 'heals by itself after this time, for example 8s', duration)
    .option('--percent <n>', 'with loss and the API faults: how much', wholeNumber(1, percentMax))
    .option(
      '--ms <n>',
      'with delay, ec2-slow, ec2-stale, dynamodb-slow and events-slow: how long',
      wholeNumber(1, delayMsMax),
    )
    .option(
      '--offset-ms <n>',
      'with clock and boot-clock: how far off',
      wholeNumber(-offsetMsMax, offsetMsMax),
    )
    .option('--code <code>', 'with ec2-error: the error code')
    .option('--service <name>', 'with service, where a host has several: which; default: all')
    .addHelpText('after', faultHelp)
    .action(
      async (kind: string, target: string, options: Parameters<typeof import('./lab/fault.ts').fault>[2]) => {
        setExit(await (await import('./lab/fault.ts')).fault(kind, target, options));
      },
    );
  lab
    .command('heal')
    .description('end one fault by its id, or all of them')
    .argument('[id]', 'as `keepaloft lab status` shows it')
    .addOption(labOption())
    .addOption(jsonOption())
    .action(async (id: string | undefined, options: { lab?: string; json?: boolean }) => {
      setExit(await (await import('./lab/fault.ts')).heal(id, options));
    });
};

const addCloud = (lab: Command, setExit: SetExit): void => {
  lab
    .command('alarms')
    .description("the template's alarms as they stand; exit 1 when one rings")
    .addOption(labOption())
    .addOption(jsonOption())
    .action(async (options: { lab?: string; json?: boolean }) => {
      setExit(await (await import('./lab/cloud.ts')).alarms(options));
    });
  lab
    .command('advance')
    .description('let time pass for metrics and alarms, without waiting for it; exit as with alarms')
    .argument('<duration>', 'of at most a day, for example 3m', duration)
    .addOption(labOption())
    .addOption(jsonOption())
    .option('--schedules', 'run the schedules in each minute that passes')
    .action(async (forHowLong: string, options: { lab?: string; json?: boolean; schedules?: boolean }) => {
      setExit(await (await import('./lab/cloud.ts')).advance(forHowLong, options));
    });
  lab
    .command('schedule')
    .description('run a schedule of the template now')
    .argument('[name]', 'of its rule, or of the function that it runs; without it: all')
    .addOption(labOption())
    .addOption(jsonOption())
    .action(async (name: string | undefined, options: { lab?: string; json?: boolean }) => {
      setExit(await (await import('./lab/cloud.ts')).schedule(name, options));
    });
  lab
    .command('event')
    .description('put an event on the event bus, as a service of AWS or anybody else would')
    .argument('<source>', 'for example aws.ec2')
    .argument('<detail-type>', 'for example "EC2 Instance State-change Notification"')
    .argument('<detail>', 'a JSON object')
    .addOption(labOption())
    .addOption(jsonOption())
    .action(
      async (source: string, type: string, detail: string, options: { lab?: string; json?: boolean }) => {
        setExit(await (await import('./lab/cloud.ts')).event(source, type, detail, options));
      },
    );
};

const addPrograms = (lab: Command, setExit: SetExit): void => {
  lab
    .command('exec')
    .description('run a program on a host, the client or the fabric')
    .argument('<where>', 'host1, holder, standby, client, fabric or a namespace')
    .argument('<command...>', 'the program and its arguments, after --')
    .addOption(labOption())
    .addHelpText(
      'after',
      '\nExamples:\n  keepaloft lab exec holder -- ip addr\n  keepaloft lab exec client -- ping -c1 172.31.0.201',
    )
    .action(async (where: string, command: string[], options: { lab?: string }) => {
      setExit(await (await import('./lab/exec.ts')).exec(where, command, options));
    });
  lab
    .command('probe')
    .description('be the client: send every 2 ms, and say what was lost and who answered')
    .addOption(labOption())
    .addOption(jsonOption())
    .option('--seconds <n>', 'end by itself; otherwise Ctrl-C ends it', seconds(probeSecondsMax))
    .option('--vip <address>', 'only this address')
    .action(async (options: { lab?: string; json?: boolean; seconds?: number; vip?: string }) => {
      setExit(await (await import('./lab/probe.ts')).probe(options));
    });
  lab
    .command('run')
    .description(
      'play a scenario in a lab of its own and print the timeline; exit 0 when all it expects holds',
    )
    .argument('[scenario]', 'a file, or the name of one that comes with the lab; without it they are listed')
    .option(
      '--config <file>',
      'instead: rehearse a keepaloft.yaml, with stand-ins for what only its hosts have',
    )
    .addOption(labOption().default(undefined, 'a new one'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  keepaloft lab run\n  keepaloft lab run kill-holder\n  keepaloft lab run ./my-scenario.yaml --json\n  keepaloft lab run --config keepaloft.yaml',
    )
    .action(
      async (scenario: string | undefined, options: { lab?: string; json?: boolean; config?: string }) => {
        setExit(await (await import('./lab/run.ts')).run(scenario, options));
      },
    );
};

const addNemesis = (lab: Command, setExit: SetExit): void => {
  lab
    .command('nemesis')
    .description(
      'minutes of random faults in a lab of its own, then a verdict; exit 0 when every rule held, 1 when one did not',
    )
    .option(
      '--minutes <n>',
      'begin no round of faults later than this',
      minutes(nemesisMinutesMax),
      nemesisMinutes,
    )
    .option('--seed <word>', 'which faults, in which order; default: another each time', seed)
    .addOption(
      new Option('--mode <mode>', 'who keeps two hosts apart: the fabric, or the lease')
        .choices(['fenced', 'exclusive'])
        .default('fenced'),
    )
    .addOption(
      new Option('--fabric <fabric>', 'what delivers to the VIPs of the groups')
        .choices(['secondary-ip', 'route', 'route-eip', 'secondary-ip-eip', 'ipv6', 'l2'])
        .default('secondary-ip'),
    )
    .option('--groups <n>', 'how many groups', wholeNumber(1, nemesisGroupsMax), nemesisGroups)
    .option(
      '--only <kinds>',
      'strikes of these kinds alone, parted by commas: kill,ec2-slow',
      (text: string): string[] => text.split(','),
    )
    .option('--rounds <n>', 'end after so many rounds', wholeNumber(1, nemesisRoundsMax))
    .option('--round <n>', 'play this round of the seed alone', wholeNumber(1, nemesisRoundsMax))
    .option(
      '--blackout <minutes>',
      'instead: nobody reaches the arbiter for so long',
      minutes(nemesisMinutesMax),
    )
    .option('--report <file>', 'where the report goes; the history goes to FILE.jsonl')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  keepaloft lab nemesis --minutes 2\n  keepaloft lab nemesis --mode exclusive --seed 7 --report nemesis.txt\n  keepaloft lab nemesis --fabric route-eip\n  keepaloft lab nemesis --blackout 10',
    )
    .action(async (options: Parameters<typeof import('./lab/nemesis.ts').nemesis>[0]) => {
      setExit(await (await import('./lab/nemesis.ts')).nemesis(options));
    });
};

/** Adds `lab` and its subcommands. */
export const addLabCommand = (program: Command, setExit: SetExit): void => {
  const lab = program
    .command('lab')
    .description('a VPC on this machine in which the shipped agents and Lambdas run')
    .helpCommand('help [command]', 'explain a command')
    .addHelpText('after', overview);
  addUp(lab, setExit);
  addLooks(lab, setExit);
  addFaults(lab, setExit);
  addCloud(lab, setExit);
  addPrograms(lab, setExit);
  addNemesis(lab, setExit);
};
