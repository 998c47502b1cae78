/** A button that calls this function again, once whoever looks has confirmed it: CloudWatch's `<cwdb-action>`. */
import type { OrderRequest } from '../../../core/wire/admin.ts';
import { html, type Markup } from './markup.ts';

/** An order as a button gives it: version and reason are added when it is taken. */
export type ButtonOrder = OrderRequest extends infer T
  ? T extends OrderRequest
    ? Omit<T, 'v' | 'reason'>
    : never
  : never;

export interface Action {
  readonly label: string;
  /** What is asked before anything is called. */
  readonly question: string;
  readonly order: ButtonOrder;
  readonly tone: 'main' | 'quiet';
}

/** The tag belongs to the element right before it: nothing may stand between the two. */
export const actionButton = (endpoint: string, { label, question, order, tone }: Action): Markup => {
  const call = JSON.stringify({ order });
  return html`<a class="${tone === 'main' ? 'btn btn-primary kl-btn kl-main' : 'btn kl-btn'}" role="button" tabindex="0">${label}</a><cwdb-action action="call" display="widget" endpoint="${endpoint}" confirmation="${question}">${call}</cwdb-action>`;
};
