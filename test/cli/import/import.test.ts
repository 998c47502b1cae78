// Proves, with the real command, the way from a keepalived.conf to a file that validates, the report, and each way it ends.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { memberIn } from '../../../cli/import/import.ts';
import { scratchDirectory } from '../../agent/scratch.ts';
import { keepaloft } from '../arbiter/world.ts';
import { instance } from './world.ts';

const guides = join(import.meta.dirname, 'guides');
const members = ['--member', 'i-0a000000000000001=200', '--member', 'i-0b000000000000002=100'];

const reportSchema = z.object({
  v: z.literal(1),
  source: z.string(),
  file: z.nullable(z.string()),
  groups: z.array(z.object({ name: z.string(), from: z.string() })),
  counts: z.object({ mapped: z.int(), dropped: z.int(), human: z.int() }),
  lines: z.array(
    z.strictObject({
      file: z.string(),
      line: z.int(),
      text: z.string(),
      verdict: z.enum(['mapped', 'dropped', 'human']),
      notes: z.array(z.string()),
    }),
  ),
  programs: z.array(z.object({ from: z.string(), to: z.string() })),
  text: z.nullable(z.string()),
});

describe('import', () => {
  it('writes a file that validate takes, and reports every line', async () => {
    const path = join(scratchDirectory(), 'keepaloft.yaml');
    const { code, stdout, stderr } = await keepaloft([
      'import',
      join(guides, 'databases.conf'),
      '--output',
      path,
      ...members,
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('✓   25  $NAME=mysql\n        put in where it is used\n');
    expect(stdout).toMatch(/–   +9 .*state BACKUP/u);
    expect(stdout).toMatch(/\n\d+ lines: \d+ mapped, \d+ dropped, 0 need a human\n/u);
    expect(stdout).toContain(`${path} written; next: keepaloft validate ${path}\n`);
    const validated = await keepaloft(['validate', path]);
    expect([validated.code, validated.stdout]).toEqual([0, expect.stringContaining('ok, 3 groups')]);
  });

  it('prints the file and reports beside it, and leaves placeholders that validate names: 78', async () => {
    const { code, stdout, stderr } = await keepaloft(['import', join(guides, 'lan-tomcat.conf')]);
    expect(code).toBe(0);
    expect(stderr).toContain('it can never fail');
    const path = join(scratchDirectory(), 'keepaloft.yaml');
    writeFileSync(path, stdout);
    const validated = await keepaloft(['validate', path]);
    expect([validated.code, validated.stderr]).toEqual([
      78,
      expect.stringContaining('a member is an EC2 instance id'),
    ]);
  });

  it('overwrites nothing unless it is told to: 64', async () => {
    const directory = scratchDirectory();
    const path = join(directory, 'keepaloft.yaml');
    const source = join(directory, 'keepalived.conf');
    writeFileSync(path, 'mine');
    writeFileSync(source, instance());
    const { code, stderr } = await keepaloft(['import', source, '--output', path, ...members]);
    expect([code, readFileSync(path, 'utf8')]).toEqual([64, 'mine']);
    expect(stderr).toContain(
      'is there already, and is not overwritten\n  name another file, or say --force\n',
    );
    const forced = await keepaloft(['import', source, '--output', path, '--force', ...members]);
    expect([forced.code, readFileSync(path, 'utf8')]).toEqual([0, expect.stringContaining('10.0.0.9')]);
  });

  it('with --json prints one document; with --strict a line that is dropped is 1', async () => {
    const { code, stdout, stderr } = await keepaloft([
      'import',
      join(guides, 'edge-bfd.conf'),
      '--strict',
      '--json',
      ...members,
    ]);
    expect([code, stderr]).toEqual([1, '']);
    const report = reportSchema.parse(JSON.parse(stdout));
    expect(report).toMatchObject({
      source: join(guides, 'edge-bfd.conf'),
      file: null,
      groups: [{ name: 'edge', from: 'EDGE' }],
    });
    expect(report.counts.mapped + report.counts.dropped + report.counts.human).toBe(report.lines.length);
    expect(report.text).toContain('192.168.147.19');
    expect(report.programs).toContainEqual({
      from: '/etc/keepalived/change_state.sh',
      to: '/etc/keepaloft/hooks.d/change_state.sh',
    });
  });

  it('of a file without a VIP writes nothing: 78; of one that is not there: 66; of a wrong member: 64', async () => {
    const directory = scratchDirectory();
    const path = join(directory, 'keepaloft.yaml');
    const empty = await keepaloft(['import', join(guides, 'lvs-rules.conf'), '--output', path]);
    expect([empty.code, existsSync(path)]).toEqual([78, false]);
    expect(empty.stdout).toContain('so there is no file to write');
    const gone = await keepaloft(['import', join(directory, 'gone.conf')]);
    expect([gone.code, gone.stderr]).toEqual([66, expect.stringContaining('cannot be read')]);
    const wrong = await keepaloft(['import', join(guides, 'lan-tomcat.conf'), '--member', 'web-1']);
    expect([wrong.code, wrong.stderr]).toEqual([64, expect.stringContaining("'web-1' is no member")]);
  });

  it('with --strict and nothing dropped is 0', async () => {
    const source = join(scratchDirectory(), 'keepalived.conf');
    writeFileSync(source, instance('priority 100\nnopreempt'));
    expect((await keepaloft(['import', source, '--strict', ...members])).code).toBe(0);
  });
});

describe('a member on the command line', () => {
  it.each([
    ['i-0a000000000000001', { instance: 'i-0a000000000000001', priority: undefined }],
    ['i-0a000000000000001=7', { instance: 'i-0a000000000000001', priority: 7 }],
    ['i-0a000000000000001:254', { instance: 'i-0a000000000000001', priority: 254 }],
  ])('%s', (word, member) => {
    expect(memberIn(word)).toEqual(member);
  });

  it.each(['', 'i-x', 'i-0a000000000000001=0', 'i-0a000000000000001=255', 'i-0a000000000000001=1=2'])(
    'not %s',
    (word) => {
      expect(() => memberIn(word)).toThrow('is no member');
    },
  );
});
