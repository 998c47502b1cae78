// A benchmark that no other suite runs still runs: it drives the shipped functions, and rots when those change.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';

/** The parts of the document that are looked at. */
const documentSchema = z.object({
  sections: z.strictObject({
    handler: z.object({ data: z.object({ members: z.int(), writeUnits: z.number() }) }),
  }),
});
const ROOT = join(import.meta.dirname, '../..');

test('the handler is measured: a write unit for each heartbeat of three members', async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'bench/main.ts'), 'handler', '--quick', '--json'],
    { cwd: ROOT, maxBuffer: 1 << 26 },
  );
  const { sections } = documentSchema.parse(JSON.parse(stdout));
  expect(sections.handler.data).toMatchObject({ members: 3, writeUnits: 1 });
});
