/**
 * The process of one lab. Its one argument is a {@link LabOrder} as JSON. On stdout it writes JSON lines:
 * `{"progress": sentence}`…, then `{"ready": LabInfo}` or `{"error": {code, message, remedy}}` and exit 1. It ends on
 * SIGTERM, SIGINT or the control request `down`, and leaves nothing behind; after kill −9 its reaper cleans up.
 */
import { join } from 'node:path';
import { DocumentError } from '../../core/wire/document.ts';
import { LabError } from '../errors.ts';
import { startReaper } from '../reaper/start.ts';
import { claimLabDirectory, removeLabDirectory } from '../state.ts';
import { serveControl } from './control-server.ts';
import { Lab } from './lab.ts';
import { orderSchema, planOf } from './plan.ts';

const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};
// Whoever started the lab may go away; the lab goes on.
process.stdout.on('error', () => undefined);

const explain = (cause: unknown): { code: string; message: string; remedy: string } => {
  if (cause instanceof LabError) return { code: cause.code, message: cause.message, remedy: cause.remedy };
  if (cause instanceof DocumentError) return { code: 'bad-config', message: cause.message, remedy: 'correct the file' };
  return { code: 'internal', message: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause), remedy: 'report this' };
};

const run = async (): Promise<void> => {
  const plan = planOf(orderSchema.parse(JSON.parse(process.argv[2] ?? '{}')));
  const { labId, directory } = claimLabDirectory();
  const reaper = startReaper(labId);
  const lab = new Lab({ labId, dir: directory, plan, progress: (progress) => say({ progress }) });
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
