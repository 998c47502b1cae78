/** What a CloudWatch dashboard does with a custom widget: it calls the widget's function, and the buttons' functions. */
import * as z from 'zod/mini';
import { LAB_ACCOUNT_ID, LAB_REGION } from '../ends/credentials.ts';
import type { InvokeOutcome } from '../lambda/invocation.ts';

/** CloudWatch shows no more of a field than this either. */
const FIELD_CHARS_MAX = 200;
const FIELDS_MAX = 200;

/** What the page asks for: the widget as it is, or what one of its buttons says. */
export const callSchema = z.strictObject({
  /** Of a button: the function it names, and what it hands on. */
  action: z.optional(z.strictObject({ endpoint: z.string(), parameters: z.record(z.string(), z.unknown()) })),
  theme: z.enum(['dark', 'light']),
  width: z.int().check(z.minimum(1), z.maximum(20_000)),
  height: z.int().check(z.minimum(1), z.maximum(100_000)),
  /** What stands in the widget's fields, by their names. */
  fields: z
    .record(z.string(), z.string().check(z.maxLength(FIELD_CHARS_MAX)))
    .check(z.refine((fields) => Object.keys(fields).length <= FIELDS_MAX, 'too many fields')),
});
export type WidgetCall = z.infer<typeof callSchema>;

export const WIDGET_FUNCTION = 'keepaloft-widget';
const WIDGET_ARN = `arn:aws:lambda:${LAB_REGION}:${LAB_ACCOUNT_ID}:function:${WIDGET_FUNCTION}`;
const DASHBOARD = 'lab';

/** The event of one call, as CloudWatch builds it: a button's parameters, and what the dashboard says of itself. */
export const eventOf = ({ action, theme, width, height, fields }: WidgetCall, nowMs: number): object => ({
  ...action?.parameters,
  widgetContext: {
    dashboardName: DASHBOARD,
    widgetId: 'widget-1',
    accountId: LAB_ACCOUNT_ID,
    locale: 'en',
    timezone: { label: 'UTC', offsetISO: '+00:00', offsetInMinutes: 0 },
    period: 60,
    isAutoPeriod: true,
    timeRange: { mode: 'relative', start: nowMs - 10_800_000, end: nowMs, relativeStart: 10_800_000 },
    theme,
    linkCharts: true,
    title: 'Keepaloft',
    forms: { all: fields },
    params: {},
    width,
    height,
  },
});

export type Invoke = (functionName: string, event: unknown) => Promise<InvokeOutcome>;

/** Why a call came to nothing; the message is for whoever looks at the page. */
export class WidgetFailed extends Error {
  override readonly name = 'WidgetFailed';
}

/**
 * @returns the widget's HTML
 * @throws WidgetFailed for a button that names a function which is not the widget's, and when that does not answer
 */
export const callWidget = async (call: WidgetCall, invoke: Invoke, nowMs: number): Promise<string> => {
  if (call.action !== undefined && call.action.endpoint !== WIDGET_ARN) {
    throw new WidgetFailed(`the lab has no function ${call.action.endpoint}`);
  }
  const outcome = await invoke(WIDGET_FUNCTION, eventOf(call, nowMs));
  if (!outcome.ok) throw new WidgetFailed(`the widget’s function failed: ${outcome.error.errorMessage}`);
  if (typeof outcome.payload === 'string') return outcome.payload;
  throw new WidgetFailed('the widget’s function answered no HTML');
};
