// Proves that the lab's commands, typed one after the other as a user types them, do what they say on a real lab.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { activeFaultSchema, type LabInfo, labInfoSchema, labStatusSchema } from '../../lab/control/types.ts';
import { Session } from '../../lab/session.ts';
import { hasAddress, leftoversOf } from './lab/inside.ts';

const keepaloft = fileURLToPath(new URL('../../cli/keepaloft', import.meta.url));
const COMMAND_MS_MAX = 30_000;

const probeSchema = z.object({
  outageMs: z.number(),
  owners: z.array(z.string()),
  probes: z.array(z.object({ vip: z.string(), sent: z.int(), answered: z.int() })),
});

const failureSchema = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

/** Runs one command to its end; a failing one resolves, too. */
const command = async (...words: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
  try {
    const { stdout, stderr } = await promisify(execFile)(keepaloft, words, { timeout: COMMAND_MS_MAX });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return failureSchema.parse(error);
  }
};

const documentOf = async <T extends z.ZodMiniType>(schema: T, ...words: string[]): Promise<z.output<T>> =>
  schema.parse(JSON.parse((await command(...words, '--json')).stdout));

describe('keepaloft lab', () => {
  let info: LabInfo;
  let lab: string[] = [];
  beforeAll(async () => {
    info = await documentOf(labInfoSchema, 'lab', 'up', '--detach', '--hosts', '2');
    lab = ['--lab', info.lab];
    await new Session(info).quiet();
  });
  afterAll(async () => {
    await command('lab', 'down', ...lab);
  });

  it('status tells who holds, and ends 0 while a standby is well', async () => {
    const { code, stdout } = await command('lab', 'status', '--json', ...lab);
    expect(code).toBe(0);
    expect(labStatusSchema.parse(JSON.parse(stdout))).toMatchObject({
      lab: info.lab,
      groups: [{ name: 'demo', epoch: 1, phase: 'held', holderHost: 'host1', vips: [{ owner: 'host1' }] }],
    });
    expect((await command('lab', 'status', ...lab)).stdout).toContain('host1');
  });

  it('info names what the lab consists of', async () => {
    expect(await documentOf(labInfoSchema, 'lab', 'info', ...lab)).toEqual(info);
  });

  it('probe measures, and exec runs inside a host', async () => {
    const seen = await documentOf(probeSchema, 'lab', 'probe', '--seconds', '0.5', ...lab);
    expect(seen).toMatchObject({ owners: ['host1'], probes: [{ vip: info.vips[0] }] });
    const { stdout } = await command('lab', 'exec', ...lab, 'holder', '--', 'ip', '-o', 'addr');
    expect(stdout.includes(` ${info.vips[0]}/`)).toBe(await hasAddress(info, 'host1', info.vips[0] ?? ''));
  });

  it('fault and heal break and mend, and status ends 1 without a standby', async () => {
    const fault = await documentOf(activeFaultSchema, 'lab', 'fault', 'kill', 'standby', ...lab);
    expect(fault).toMatchObject({ kind: 'kill', targets: ['host2'] });
    const session = new Session(info);
    await session.until('the standby is missed', async () => {
      const { members } = await session.group();
      return members.some((member) => member.state === 'SILENT');
    });
    expect((await command('lab', 'status', ...lab)).code).toBe(1);
    expect((await command('lab', 'heal', fault.id, ...lab)).code).toBe(0);
    await session.quiet();
    expect((await session.group()).epoch).toBe(1);
  });

  it('refuses what it does not know, and says what to do', async () => {
    const unknown = await command('lab', 'fault', 'kill', 'host9', ...lab);
    expect(unknown).toMatchObject({ code: 64, stdout: '' });
    expect(unknown.stderr).toContain('name one of: host1, host2, holder, standby, all');
  });

  it('down leaves nothing, and then there is nothing to talk to', async () => {
    expect((await command('lab', 'down', ...lab)).code).toBe(0);
    expect(leftoversOf(info)).toEqual([]);
    expect((await command('lab', 'status', ...lab)).code).toBe(69);
  });
});
