/** One call of a dashboard, from request to HTML: an order, if a button was pressed, and then how everything is. */
import type { OrderResponse } from '../../core/wire/admin.ts';
import { lookAtStatus } from '../admin/look.ts';
import { takeOrder } from '../admin/order.ts';
import type { Deps } from '../arbiter/deps.ts';
import { asArbiterError } from '../errors.ts';
import { logFailure } from '../http/log-failure.ts';
import { historiesOf } from './histories.ts';
import { consoleHtml } from './html/console.ts';
import { shortId } from './html/words.ts';
import type { ButtonOrder, WidgetRequest } from './request.ts';
import type { Notice, Watched } from './scene.ts';

/** How the function itself was called. */
export interface Call {
  /** Of this function: what its own buttons call. */
  readonly functionArn: string;
  /** Of this invocation; CloudTrail knows by it who made it, if it records data events of Lambda. */
  readonly requestId: string;
}

export interface WidgetApp {
  readonly deps: Deps;
  readonly mayOperate: boolean;
  /** @param groups whose metrics are wanted. Never rejects. */
  readonly watch: (groups: readonly string[]) => Promise<Watched>;
}

/** Lambda does not tell a function who invokes it: this says which function took the order, and where to look for whom. */
const callerWords = ({ functionArn, requestId }: Call, dashboard: string | undefined): string =>
  `${functionArn} request ${requestId}${dashboard === undefined ? '' : `, says dashboard ${dashboard}`}`;

const takenWords = (order: ButtonOrder, { to, epoch, holder }: OrderResponse): string => {
  const at = `${order.group}, epoch ${epoch}`;
  switch (order.do) {
    case 'failover':
      return `${at}: failover to ${shortId(to ?? 'the best standby')} ordered; it moves with that member's next heartbeat`;
    case 'drain':
      return order.node === holder
        ? `${at}: ${shortId(order.node)} is drained, and hands over as soon as a standby is there`
        : `${at}: ${shortId(order.node)} is drained`;
    case 'undrain':
      return `${at}: ${shortId(order.node)} may hold it again`;
    case 'pause':
      return `${at}: paused, nothing moves until it is resumed`;
    case 'resume':
      return `${at}: resumed`;
  }
};

/** What follows from an order is done by the next heartbeat: this function has no right to move anything. */
const obey = async (
  order: ButtonOrder,
  request: WidgetRequest,
  call: Call,
  { deps, mayOperate }: WidgetApp,
): Promise<Notice> => {
  if (!mayOperate) {
    const text = 'this dashboard only shows: deploy it with operate: true, or use the keepaloft command';
    return { kind: 'refused', text };
  }
  const by = callerWords(call, request.dashboard);
  try {
    const response = await takeOrder(order, by, deps, { mayMove: false });
    return { kind: 'done', text: takenWords(order, response) };
  } catch (thrown) {
    const error = asArbiterError(thrown);
    logFailure(error, { caller: by, requestId: call.requestId }, deps);
    return { kind: 'refused', text: `${order.do} ${order.group}: ${error.message}` };
  }
};

/** @throws ArbiterError when not even the list of groups can be had */
export const answerWidget = async (request: WidgetRequest, call: Call, app: WidgetApp): Promise<string> => {
  const { order, theme, isNarrow } = request;
  const notice = order === undefined ? null : await obey(order, request, call, app);
  const status = await lookAtStatus({ do: 'status', v: 1 }, call.requestId, app.deps);
  const groups = status.groups.map(({ name }) => name);
  const [histories, watched] = await Promise.all([
    historiesOf(groups, call.requestId, app.deps),
    app.watch(groups),
  ]);
  const view = { theme, isNarrow, endpoint: app.mayOperate ? call.functionArn : null };
  return consoleHtml({ status, histories, watched, notice, view }).toString();
};
