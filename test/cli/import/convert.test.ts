// Proves that no text at all stops the importer: each line is in the report exactly once, and what it writes validates.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentText } from '../../../cli/import/document.ts';
import { keepaloftFileSchema } from '../../../core/wire/config.ts';
import { DocumentError, readDocument } from '../../../core/wire/document.ts';
import { CONFIG, imported, instance, namesIn } from './world.ts';

const WORDS = [
  'global_defs',
  'vrrp_instance',
  'vrrp_sync_group',
  'vrrp_script',
  'track_script',
  'track_process',
  'track_file',
  'track_interface',
  'track_bfd',
  'bfd_instance',
  'virtual_ipaddress',
  'virtual_server',
  'group',
  'script',
  'interval',
  'weight',
  'reverse',
  'priority',
  'advert_int',
  'nopreempt',
  'preempt_delay',
  'state',
  'notify_master',
  'notify',
  'include',
  'unicast_peer',
  'process',
  'file',
  'file',
  'A',
  'B',
  '1',
  '0.03',
  '-20',
  '255',
  '999999',
  '10.0.0.1',
  '10.0.0.2/24',
  '::1',
  'dev',
  'eth0',
  '"killall -0 x"',
  '"/opt/a b"',
  '/opt/c',
  'notify_stop /opt/m',
  '"/opt/x | y"',
  'aws ec2 replace-route',
  '$A',
  '${A}',
  '$A=1',
  '$A= \\',
  '$B=${A}${A}',
  '\\',
  '@a',
  '@^a',
  '~SEQ(A, 1, 3)',
  '"',
  "'",
  '#',
  '!',
  'x.conf',
  '*',
  '__proto__',
  'constructor',
  '\u2028',
  '\0',
] as const;
const word = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
);
const separator = fc.constantFrom(' ', ' ', ' ', '\n', '\n', ' {\n', '\n}\n', '{', '}', '\r\n', '\t');
const text = fc
  .array(fc.tuple(word, separator), { maxLength: 60 })
  .map((pairs) => pairs.map(([said, after]) => `${said}${after}`).join(''));
/** More of what is right: a block in its frame, with anything in it. */
const framed = fc
  .tuple(
    fc.constantFrom('global_defs', 'vrrp_instance A', 'vrrp_script A', 'vrrp_sync_group B', 'track_file A'),
    text,
  )
  .map(([head, body]) => `${head} {\n${body}\n}\n${instance('track_script {\nA\n}\ntrack_file {\nA\n}')}`);

const FILES = {
  '/etc/keepalived/x.conf': 'priority 7\ninclude *\n',
  '/opt/c': '#!/bin/sh\n[ $n > 0 ]\n',
  '/opt/m':
    'replace-route rtb-0123456789abcdef0 rtb-0123456789abcdef1; associate-address --public-ip 10.0.0.1 eipalloc-0123456789abcdef0',
};
const codeLines = (whole: string): number[] =>
  whole.split(/\r?\n/u).flatMap((line, index) => (/^\s*[^\s#!]/u.test(line) ? [index + 1] : []));

describe('any text', () => {
  it('is imported, with each line in the report exactly once, into what validates', () => {
    fc.assert(
      fc.property(fc.oneof(text, framed), fc.option(fc.constant('a'), { nil: undefined }), (whole, host) => {
        const result = imported(whole, { host, files: FILES });
        const told = result.lines.filter(({ file }) => file === CONFIG).map(({ line }) => line);
        expect(told.toSorted((a, b) => a - b)).toEqual(codeLines(whole));
        expect(result.lines.every(({ verdict, notes }) => verdict === 'mapped' || notes.length > 0)).toBe(
          true,
        );
        expect(namesIn(result)).toEqual(result.groups.map(({ name }) => name));
      }),
      { numRuns: 400 },
    );
  });
});

describe('the file', () => {
  it('without members has a placeholder for each host, which validate names with its line', () => {
    const { text: yaml = '' } = imported(instance('priority 90\nunicast_peer {\n10.0.0.2\n10.0.0.3\n}'), {
      members: [],
    });
    expect(yaml).toContain(
      '- { instance: i-FILL-IN-1, priority: 90 } # the instance that this configuration is from',
    );
    expect(yaml).toContain(
      '- { instance: i-FILL-IN-3, priority: 90 } # the host at 10.0.0.3, with the priority in its own configuration',
    );
    const lines = yaml
      .split('\n')
      .flatMap((line, index) => (line.includes('instance: i-FILL-IN') ? [index + 1] : []));
    let error: unknown;
    try {
      readDocument('k', yaml, keepaloftFileSchema);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(DocumentError);
    expect(
      error instanceof DocumentError ? error.findings.map(({ line, path }) => `${line} ${path}`) : [],
    ).toEqual(lines.map((line, index) => `${line} groups.vi-1.members.${index}.instance`));
  });

  it('is readable by others than its author, comments and all', () => {
    const { groups } = imported(instance('priority 90\nnopreempt\npreempt_delay 5', 'VI\u2028x'));
    expect(
      documentText('/etc/a\nb', groups),
    ).toBe(`# Imported from /etc/a b with \`keepaloft import\`, whose report says what became of each line.
# Every key and its default: docs/configuration.md. keepaloft preflight FILE says whether it works where it is to be deployed.

version: 1
groups:
  # keepalived: VI
  vi:
    vips:
      - { address: 10.0.0.9, fabric: secondary-ip }
    members:
      - { instance: i-0a000000000000001, priority: 90 }
      - { instance: i-0b000000000000002, priority: 50 }
    timing: { heartbeat: 1s, lease: 3s }
    election: { preempt: false, preemptDelay: 5s }
`);
  });
});
