/** The built Lambdas by path. Never their source: what is deployed is what the lab runs. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { DeploymentError } from './errors.ts';

const LAMBDAS = fileURLToPath(new URL('../dist/lambdas', import.meta.url));

/** The folder of each function below dist/lambdas. */
export const ARTEFACT = {
  heartbeat: 'heartbeat',
  configure: 'configure',
  admin: 'admin',
  enroll: 'enroll',
  widget: 'widget',
  notify: 'notify',
  sweep: 'sweep',
  events: 'events',
  lifecycle: 'lifecycle',
} as const;

/** @throws DeploymentError when it has not been built */
export const codeOf = (name: keyof typeof ARTEFACT): Code => {
  const folder = join(LAMBDAS, ARTEFACT[name]);
  if (!existsSync(join(folder, 'index.mjs'))) {
    throw new DeploymentError(`${folder} has not been built: run \`npm run build\``);
  }
  // The source map is eight times the size of the code, and nothing in Lambda reads it.
  return Code.fromAsset(folder, { exclude: ['*.map'] });
};
