/** `POST /v1/enroll` with IAM authorization: a host asks for its configuration. */
import { setTimeout as pause } from 'node:timers/promises';
import { createDeps } from '../arbiter/live.ts';
import { type Environment, parseEnvironment } from '../environment.ts';
import { createEc2Client } from '../fabric/ec2/client.ts';
import { createFabrics } from '../fabric/fabrics.ts';
import { type App, createHttpHandler } from '../http/wrap.ts';
import { createDynamoClient } from '../store/client.ts';
import { createDocuments } from '../store/documents.ts';
import { createRosters } from '../store/rosters.ts';
import { createStore } from '../store/store.ts';
import { openTable } from '../store/table.ts';
import { takeEnrolment } from './enroll.ts';
import type { SeatDeps } from './seat.ts';

/** Unlike a move, a question may be repeated. */
const EC2_ATTEMPTS_MAX = 3;

interface EnrolApp extends App {
  readonly deps: App['deps'] & SeatDeps;
}

const appOf = (environment: Environment): EnrolApp => {
  const { tableName } = environment;
  const client = createDynamoClient();
  const table = openTable({ client, tableName });
  const store = createStore({ client, tableName });
  const documents = createDocuments(table);
  const ec2 = createEc2Client({ maxAttempts: EC2_ATTEMPTS_MAX });
  const deps = { ...createDeps(environment, { store }), fabricOf: createFabrics(ec2) };
  return {
    environment,
    deps: { ...deps, ec2, documents, rosters: createRosters(store, documents, table), pause },
  };
};

/** @param start builds what the handler needs; if it throws, every request is answered with that error */
export const createHandler = (start: () => EnrolApp) =>
  createHttpHandler(start, (envelope, { environment, deps }) =>
    takeEnrolment(envelope, environment.memberRoles, deps),
  );

export const handler = createHandler(() => appOf(parseEnvironment(process.env)));
