/** The command line of `import`. */
import type { Command } from 'commander';

type SetExit = (code: number) => void;

const several = (word: string, former: readonly string[] | undefined): string[] => [...(former ?? []), word];

const help = `
Each line of the report begins with ✓ (the keepaloft.yaml says it, or it always holds), – (dropped, with the reason) or ! (somebody
must look, and at what). Nothing is run: scripts are read where they are found, and one that moves a cloud address becomes
the fabric of its group, never a hook. Without --member, placeholders stand for the instances; validate names each.
Exit codes: 0 imported, 1 with --strict when a line was dropped or needs a human, 64 wrong usage, or the file is there
already, 66 no such file, 78 there is no vrrp_instance with a VIP to move: nothing is written.

Examples:
  keepaloft import /etc/keepalived/keepalived.conf > keepaloft.yaml
  keepaloft import keepalived.conf --output keepaloft.yaml --member i-0123456789abcdef0=200 --member i-0123456789abcdef1=100
  keepaloft import keepalived.conf --host backup --strict --json`;

/** Adds `import`. */
export const addImportCommand = (program: Command, setExit: SetExit): void => {
  program
    .command('import')
    .description('make a keepaloft.yaml of a keepalived.conf, and report what became of every line')
    .argument('<file>', 'the keepalived.conf; what it includes is read as well')
    .option('--output <file>', 'write the keepaloft.yaml there, and the report to standard output')
    .option('--force', 'overwrite a file that is there')
    .option(
      '--member <id[=priority]>',
      'an instance; may be repeated; default: the priority of the file',
      several,
    )
    .option('--host <id>', 'whose lines to take where some are for one host only (@id …)')
    .option('--strict', 'exit with 1 when a line was dropped or needs a human')
    .option('--json', 'print one JSON document')
    .addHelpText('after', help)
    .action(
      async (file: string, options: Parameters<typeof import('./import/import.ts').importConfig>[1]) => {
        setExit((await import('./import/import.ts')).importConfig(file, options));
      },
    );
};
