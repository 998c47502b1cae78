/** A thousand groups that come back at once after a blackout, with all holders alive and with some of them dead. */
import * as z from 'zod/mini';
import { LabClock } from '../../lab/ends/clock.ts';
import { DynamoEnd } from '../../lab/ends/dynamodb/server.ts';
import { BenchError } from '../errors.ts';
import type { MeasureContext } from '../section.ts';
import { playStory } from './child.ts';
import { type ReturnOrder, type ReturnResult, returnResultSchema } from './messages.ts';
import { artefact } from './steady.ts';
import { readTable } from './table.ts';

const TABLE = 'keepaloft';
const BLACKOUT_MS = 60_000;
/** Longer than the 10 s after which a standby would believe a silence that it never saw begin. */
const WATCH_MS = 13_000;
const CALM_MS = 3000;

export const returnsSchema = z.array(returnResultSchema);

/**
 * How many holders have died. Every standby of a dead one beats forty times a second for a while, and each beat is a real
 * write: with more of them the story takes hours.
 */
const deadOf = (quick: boolean): readonly number[] => (quick ? [0, 15] : [0, 25, 50]);
const groupsOf = (quick: boolean): number => (quick ? 100 : 1000);

const transfersIn = ({ transfers }: ReturnResult): number =>
  Object.values(transfers).reduce((sum, count) => sum + count, 0);

/** Epochs rise by one with each new holder: what the log says must be what the table shows. */
const checkEpochs = async (endpoint: string, result: ReturnResult): Promise<void> => {
  const { states } = await readTable(endpoint, TABLE);
  const risen = states.reduce((sum, { epoch }) => sum + epoch - 1, 0);
  if (states.length !== result.groups || risen !== transfersIn(result))
    throw new BenchError(`the log tells of ${transfersIn(result)} transfers, the table of ${risen}`);
};

const playOne = async (dead: number, context: MeasureContext): Promise<ReturnResult> => {
  const dynamo = new DynamoEnd({ clock: new LabClock() });
  try {
    await dynamo.start();
    await dynamo.createTable(TABLE);
    const order: ReturnOrder = {
      endpoint: dynamo.directEndpoint,
      heartbeat: artefact('heartbeat'),
      table: TABLE,
      groups: groupsOf(context.quick),
      dead,
      blackoutMs: BLACKOUT_MS,
      watchMs: WATCH_MS,
      calmMs: CALM_MS,
    };
    const progress = (line: string): void => context.progress(`${dead} holders dead: ${line}`);
    const told = await playStory({ kind: 'return', ...order }, { signal: context.signal, progress });
    if (told.kind !== 'return') throw new BenchError('another story was told than was asked for');
    await checkEpochs(order.endpoint, told.result);
    return told.result;
  } finally {
    await dynamo.close();
  }
};

/**
 * All at once: their time is their own, so they do not disturb each other. The first that fails ends the others.
 * @throws BenchError, LabError, or the signal's reason
 */
export const measureReturns = async (context: MeasureContext): Promise<ReturnResult[]> => {
  const others = new AbortController();
  const signal = AbortSignal.any([context.signal, others.signal]);
  const stories = deadOf(context.quick).map(async (dead) => {
    try {
      return await playOne(dead, { ...context, signal });
    } catch (error) {
      others.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(stories);
  return Promise.all(stories);
};
