/**
 * The process of one lab. Its one argument is a {@link LabOrder} as JSON. On stdout it writes JSON lines:
 * `{"progress": sentence}`…, then `{"ready": LabInfo}` or `{"error": {code, message, remedy}}` and exit 1. It ends on
 * SIGTERM, SIGINT, the control request `down` or with the process it is tethered to, and leaves nothing behind; after kill −9 its reaper cleans up.
 */
import { join } from 'node:path';
import { DocumentError } from '../../core/wire/document.ts';
import { cloudOf } from '../cloud/cloud.ts';
import { readTemplate } from '../cloud/template.ts';
import { LabError } from '../errors.ts';
import { isSameProcess, startTicksOf } from '../processes.ts';
import { startReaper } from '../reaper/start.ts';
import { claimLabDirectory, removeLabDirectory } from '../state.ts';
import { serveControl } from './control-server.ts';
import { Lab } from './lab.ts';
import { orderSchema, planOf, VPC } from './plan.ts';

/** How often a tethered lab looks whether its owner lives. */
const TETHER_MS = 300;

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
// Whoever started the lab may go away; the lab goes on.
process.stdout.on('error', () => undefined);

const explain = (cause: unknown): { code: string; message: string; remedy: string } => {
  if (cause instanceof LabError) return { code: cause.code, message: cause.message, remedy: cause.remedy };
  if (cause instanceof DocumentError)
    return { code: 'bad-config', message: cause.message, remedy: 'correct the file' };
  return {
    code: 'internal',
    message: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
    remedy: 'report this',
  };
};

/** Whoever started the lab may be killed outright, and then nobody else would end it. */
const endWith = (pid: number, down: () => Promise<void>): void => {
  const startTicks = startTicksOf(pid);
  const timer = setInterval(() => {
    if (startTicks !== null && isSameProcess(pid, startTicks)) return;
    clearInterval(timer);
    void down();
  }, TETHER_MS);
};

const run = async (): Promise<void> => {
  const order = orderSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
  const plan = planOf(order);
  const { groups } = plan.file;
  const template = readTemplate(Object.keys(groups), order.template);
  const cloud = cloudOf(template, groups, { apiEndpoint: `https://${VPC.api}` });
  const { labId, directory } = claimLabDirectory();
  const reaper = startReaper(labId);
  const lab = new Lab({ labId, dir: directory, plan, cloud, progress: (progress) => say({ progress }) });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopping ??= lab.stop().finally(() => {
      removeLabDirectory(directory);
      reaper.stop();
    });
    return stopping;
  };
  const down = async (): Promise<void> => {
    await stop();
    setTimeout(() => process.exit(0), 50);
  };
  if (order.tether !== undefined) endWith(order.tether, down);
  process.on('SIGTERM', () => void down());
  process.on('SIGINT', () => void down());
  try {
    await lab.start();
    await serveControl(lab, join(directory, 'control.sock'), down);
    say({ ready: lab.info() });
  } catch (cause) {
    await stop();
    throw cause;
  }
};

try {
  await run();
} catch (cause) {
  say({ error: explain(cause) });
  process.exitCode = 1;
  setTimeout(() => process.exit(1), 50);
}
