/**
 * A stand-in for what manages addresses on real hosts, run in a lab host's namespace. It asks what that asks (the metadata
 * service) and tells the kernel what that tells it, at a chosen pace, until it is killed.
 *
 * `net-utils`: Amazon Linux 2023's refresh of secondary addresses, with networkd reconfiguring the interface at each pass rather
 * than only when the list has changed. `address-manager`: NetworkManager or netplan that bring their connection up anew.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as z from 'zod/mini';
import { run } from '../net/exec.ts';
import { secondaryAddresses } from './metadata.ts';
import { listedPass, ownPass, type Present, type Scene } from './pass.ts';

const argumentsSchema = z.strictObject({
  kind: z.enum(['net-utils', 'address-manager']),
  own: z.ipv4(),
  device: z.string(),
  /** Milliseconds from the end of one pass to the next. */
  pace: z.coerce.number().check(z.minimum(1)),
});

const shownSchema = z.array(
  z.object({
    addr_info: z.optional(
      z.array(z.object({ local: z.optional(z.string()), prefixlen: z.optional(z.int()) })),
    ),
  }),
);

const { values } = parseArgs({
  options: {
    kind: { type: 'string' },
    own: { type: 'string' },
    device: { type: 'string' },
    pace: { type: 'string' },
  },
});
const { kind, own, device, pace } = argumentsSchema.parse(values);

const sceneNow = async (): Promise<Scene> => {
  const shown = shownSchema.parse(
    JSON.parse((await run(['ip', '-4', '-j', 'addr', 'show', 'dev', device])) || '[]'),
  );
  const present = shown
    .flatMap((one) => one.addr_info ?? [])
    .flatMap(({ local, prefixlen }): Present[] =>
      local === undefined || prefixlen === undefined ? [] : [{ address: local, prefix: prefixlen }],
    );
  const routes = (await run(['ip', '-4', 'route', 'show', 'dev', device])).split('\n');
  return { device, own, present, routes: routes.map((line) => line.trim()).filter((line) => line !== '') };
};

/** Its script goes on with an empty list when the service does not answer. */
const listedNow = async (): Promise<string[]> => {
  try {
    return await secondaryAddresses();
  } catch (error) {
    process.stdout.write(`the metadata service gives no list: ${String(error)}\n`);
    return [];
  }
};

let last: string | undefined;
for (;;) {
  const listed = kind === 'net-utils' ? await listedNow() : [];
  const scene = await sceneNow();
  const lines = kind === 'net-utils' ? listedPass(scene, listed) : ownPass(scene);
  const text = lines.join('; ');
  if (text !== last) process.stdout.write(`each pass from now on: ${text === '' ? 'nothing' : text}\n`);
  last = text;
  // The agent may have been faster: an address that is gone already stops nothing.
  await run(['ip', '-force', '-batch', '-'], `${lines.join('\n')}\n`).catch(() => undefined);
  await delay(pace);
}
