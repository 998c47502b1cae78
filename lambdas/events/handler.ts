/** Invoked by the deployment's rules with EventBridge's events about the members' machines, and about alarms that are checks. */
import { setTimeout as pause } from 'node:timers/promises';
import { createDeps } from '../arbiter/live.ts';
import { createAskRinging } from '../cloudwatch/ringing.ts';
import { depart } from '../enroll/depart.ts';
import { parseEnvironment } from '../environment.ts';
import { createEc2Client } from '../fabric/ec2/client.ts';
import { createFabrics } from '../fabric/fabrics.ts';
import { createDynamoClient } from '../store/client.ts';
import { createDocuments } from '../store/documents.ts';
import { createRosters } from '../store/rosters.ts';
import { createStore } from '../store/store.ts';
import { openTable } from '../store/table.ts';
import { type AlarmDeps, alarmIn, takeAlarmEvent } from './alarm.ts';
import { parseEvent } from './event.ts';
import { type EventAnswer, type EventDeps, takeEvent } from './take.ts';

/** @param deps made once for each environment */
export const createHandler =
  (deps: EventDeps & AlarmDeps) =>
  async (event: unknown): Promise<EventAnswer> => {
    const alarm = alarmIn(event);
    return alarm === undefined ? takeEvent(parseEvent(event), deps) : takeAlarmEvent(alarm, deps);
  };

/** The question to EC2, and the writes of every roster. */
const DEPART_MS_MAX = 8000;

const start = (): EventDeps & AlarmDeps => {
  const environment = parseEnvironment(process.env);
  const { tableName } = environment;
  const client = createDynamoClient();
  const table = openTable({ client, tableName });
  const store = createStore({ client, tableName });
  const ec2 = createEc2Client();
  const deps = { ...createDeps(environment, { store }), fabricOf: createFabrics(ec2), ec2, pause };
  const documents = createDocuments(table);
  const seats = { ...deps, documents, rosters: createRosters(store, documents, table) };
  const askRinging = createAskRinging();
  return { ...deps, askRinging, depart: (node) => depart(node, AbortSignal.timeout(DEPART_MS_MAX), seats) };
};

let take: ReturnType<typeof createHandler> | undefined;

/** @throws so that Lambda delivers the event again, and its errors count it */
export const handler = async (event: unknown): Promise<EventAnswer> => {
  take ??= createHandler(start());
  return take(event);
};
