/**
 * Takes a group's configuration from a deployment: resolved, validated, immutable under its hash, then made the current
 * one. Invoked by CloudFormation through the provider framework, never over HTTP.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createDeps } from '../arbiter/live.ts';
import { parseEnvironment } from '../environment.ts';
import { createEc2Client } from '../fabric/ec2/client.ts';
import { createFabrics } from '../fabric/fabrics.ts';
import { createClaims } from '../store/claims.ts';
import { createDynamoClient } from '../store/client.ts';
import { createDocuments } from '../store/documents.ts';
import { createStore } from '../store/store.ts';
import { openTable } from '../store/table.ts';
import { type Answer, configure } from './configure.ts';

/** Unlike a move, a question may be repeated: a deployment has a minute, and throttling passes. */
const EC2_ATTEMPTS_MAX = 6;

const environment = parseEnvironment(process.env);
const client = createDynamoClient();
const ec2 = createEc2Client({ maxAttempts: EC2_ATTEMPTS_MAX });
const { tableName } = environment;
const store = createStore({ client, tableName });
const table = openTable({ client, tableName });
const deps = {
  ...createDeps(environment, { store }),
  fabricOf: createFabrics(ec2),
  ec2,
  pause,
  claims: createClaims(table),
  documents: createDocuments(table),
};

/**
 * @param event of a custom resource, see `event.ts`
 * @returns its physical id (the group's name, for ever) and its attributes
 * @throws when the group cannot work, so that the deployment fails with the reason
 */
export const handler = (event: unknown): Promise<Answer> => configure(event, deps);
