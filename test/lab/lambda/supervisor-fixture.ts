/** A process that runs a function and then waits, so that a test can kill it and see what becomes of its environments. */

import { LabClock } from '../../../lab/ends/clock.ts';
import { CredentialStore } from '../../../lab/ends/credentials.ts';
import { LambdaRuntime } from '../../../lab/lambda/runtime.ts';

const clock = new LabClock();
const runtime = new LambdaRuntime({ clock, credentials: new CredentialStore({ clock }) });
await runtime.deploy({ name: 'idle', artefact: process.argv[2] ?? '', prewarm: 2 });
const pids = runtime.environments('idle').map((environment) => environment.pid);
process.stdout.write(`${JSON.stringify(pids)}\n`);
setInterval(() => undefined, 1000);
