// The benchmarks that no other suite runs still run: they drive the shipped functions, and rot when those change.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as z from 'zod/mini';

/** The parts of the document that are looked at. */
const documentSchema = z.object({
  sections: z.strictObject({
    handler: z.object({ data: z.object({ members: z.int() }) }),
    scale: z.object({
      data: z.object({ returns: z.array(z.object({ groups: z.int(), served: z.int() })) }),
    }),
  }),
});

const ROOT = join(import.meta.dirname, '../..');
/** Some hundred thousand heartbeats, on a machine that may have other work. */
const RUN_MS_MAX = 600_000;

test(
  'handler and scale measure, in their short forms',
  async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(ROOT, 'bench/main.ts'), 'handler', 'scale', '--quick', '--json'],
      { cwd: ROOT, maxBuffer: 1 << 26, timeout: RUN_MS_MAX },
    );
    const { sections } = documentSchema.parse(JSON.parse(stdout));
    expect(sections.handler.data.members).toBe(3);
    expect(sections.scale.data.returns.length).toBeGreaterThan(0);
    for (const { groups, served } of sections.scale.data.returns) expect(served).toBe(groups);
  },
  RUN_MS_MAX,
);
