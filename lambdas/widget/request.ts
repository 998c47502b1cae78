/** What a dashboard sends: the widget's own parameters, those of a button, and what the dashboard says of itself. */
import * as z from 'zod/mini';
import { type OrderRequest, orderRequestSchema } from '../../core/wire/admin.ts';
import { BadRequest } from '../errors.ts';
import { lenient } from './lenient.ts';

/** Narrower than this, a table of seven columns does not fit. */
const NARROW_PX = 720;
const DASHBOARD = /^[\w.-]{1,255}$/u;

/** CloudWatch's own object: what is not needed here is not looked at, and it may grow. */
const contextSchema = z.object({
  theme: lenient(z.enum(['dark', 'light']), 'light'),
  width: lenient(z.number().check(z.nonnegative()), NARROW_PX),
  dashboardName: lenient(z.string(), ''),
  forms: lenient(z.object({ all: z.record(z.string(), z.unknown()) }), { all: {} }),
});

const eventSchema = z.strictObject({
  describe: z.optional(z.boolean()),
  /** Of a button: an order without its version and its reason, which stands in the group's field. */
  order: z.optional(z.record(z.string(), z.unknown())),
  widgetContext: z._default(contextSchema, {
    theme: 'light',
    width: NARROW_PX,
    dashboardName: '',
    forms: { all: {} },
  }),
});

/** To adopt, the fabric must be looked at, and the widget's function has no right to. */
export type ButtonOrder = Exclude<OrderRequest, { do: 'adopt' }>;

export interface WidgetRequest {
  readonly isDescribe: boolean;
  readonly order: ButtonOrder | undefined;
  readonly theme: 'dark' | 'light';
  readonly isNarrow: boolean;
  /** What the dashboard calls itself, when it is a name that CloudWatch would take; anybody can send any. */
  readonly dashboard: string | undefined;
}

const parsedOrder = (order: Record<string, unknown>, forms: Record<string, unknown>): ButtonOrder => {
  const typed = forms[`reason-${String(order['group'])}`];
  const reason =
    typeof typed === 'string' && typed.trim() !== '' ? typed.trim() : 'by a button of the dashboard';
  const parsed = orderRequestSchema.safeParse({ v: 1, reason, ...order });
  if (parsed.success && parsed.data.do !== 'adopt') return parsed.data;
  if (parsed.success) throw new BadRequest('a dashboard cannot adopt: use `keepaloft adopt`');
  const issue = parsed.error.issues[0];
  const path =
    issue === undefined || issue.path.length === 0 ? 'the order' : issue.path.map(String).join('.');
  throw new BadRequest(`not an order: ${path}: ${issue?.message ?? 'invalid'}`, parsed.error);
};

/** @throws BadRequest naming the path of what is wrong */
export const parseWidgetRequest = (event: unknown): WidgetRequest => {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path =
      issue === undefined || issue.path.length === 0 ? 'the event' : issue.path.map(String).join('.');
    throw new BadRequest(`not a request of a widget: ${path}: ${issue?.message ?? 'invalid'}`, parsed.error);
  }
  const { describe, order, widgetContext } = parsed.data;
  const { theme, width, dashboardName, forms } = widgetContext;
  return {
    isDescribe: describe === true,
    order: order === undefined ? undefined : parsedOrder(order, forms.all),
    theme,
    isNarrow: width < NARROW_PX,
    dashboard: DASHBOARD.test(dashboardName) ? dashboardName : undefined,
  };
};
