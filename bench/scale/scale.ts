/** From one group to ten thousand: what a heartbeat costs, and what happens when a thousand groups return at once. */
import * as z from 'zod/mini';
import { type MeasureContext, section } from '../section.ts';
import { measureReturns, returnsSchema } from './return.ts';
import { measureSteady, steadySchema } from './steady.ts';
import { returnNotes, returnRows, returnTable } from './tell-return.ts';
import { steadyNotes, steadyRows, steadyTables } from './tell-steady.ts';

const schema = z.object({ steady: z.array(steadySchema), returns: returnsSchema });
type Data = z.infer<typeof schema>;

const measure = async (context: MeasureContext): Promise<Data> => {
  // One after the other: the first measures times of this machine, the second needs all of it.
  const steady = await measureSteady(context);
  return { steady, returns: await measureReturns(context) };
};

const tell = ({ steady, returns }: Data) => ({
  rows: [...steadyRows(steady), ...returnRows(returns)],
  tables: [...steadyTables(steady), returnTable(returns)],
  notes: [...steadyNotes(steady), ...returnNotes()],
});

export const scale = section({
  title: 'Scale and cost',
  summary: 'cost of a heartbeat from 1 to 10,000 groups, a month, 1,000 groups that return at once',
  schema,
  measure,
  tell,
});
