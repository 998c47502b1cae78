/**
 * The custom widget of a CloudWatch dashboard: HTML without a script. Who may see it, and who may press its buttons, is
 * decided by IAM: whoever may invoke this function. Lambda does not tell it who that is.
 */
import type { Context } from 'aws-lambda';
import { createDepsWith } from '../arbiter/live.ts';
import { parseEnvironment } from '../environment.ts';
import { asArbiterError, Misconfigured } from '../errors.ts';
import { answerWidget, type WidgetApp } from './answer.ts';
import { DESCRIPTION } from './describe.ts';
import { parseWidgetEnvironment } from './environment.ts';
import { troubleHtml } from './html/console.ts';
import { parseWidgetRequest } from './request.ts';
import { createWatch } from './watch.ts';

type CallContext = Pick<Context, 'awsRequestId' | 'invokedFunctionArn'>;

/**
 * @param start builds what the function needs; if it throws, every call shows that error
 * @returns HTML, also of what went wrong: a dashboard shows nothing of an error but that there was one
 */
export const createHandler = (start: () => WidgetApp) => {
  let app: WidgetApp | undefined;
  let failure: unknown;
  try {
    app = start();
  } catch (thrown) {
    failure = thrown;
  }
  return async (event: unknown, context: CallContext): Promise<string> => {
    try {
      if (app === undefined) throw failure;
      const request = parseWidgetRequest(event);
      if (request.isDescribe) return DESCRIPTION;
      const call = { functionArn: context.invokedFunctionArn, requestId: context.awsRequestId };
      return await answerWidget(request, call, app);
    } catch (thrown) {
      const error = asArbiterError(thrown);
      const fields = { code: error.code, reason: error.message, requestId: context.awsRequestId };
      if (app === undefined) console.error(JSON.stringify({ level: 'ERROR', message: 'failed', ...fields }));
      else app.deps.logger.error('failed', { ...fields, cause: error.cause });
      return troubleHtml(error.code, error.message, themeOf(event)).toString();
    }
  };
};

/** Of an event that may be anything. */
const themeOf = (event: unknown): 'dark' | 'light' => {
  const context: unknown = Reflect.get(Object(event), 'widgetContext');
  const theme: unknown = Reflect.get(Object(context), 'theme');
  return theme === 'dark' ? 'dark' : 'light';
};

/** What an order leads to is left to the next heartbeat: this function has no right in EC2. */
const noFabric = (): never => {
  throw new Misconfigured('the console moves nothing by itself');
};

export const handler = createHandler(() => {
  const { arbiter, mayOperate } = parseWidgetEnvironment(process.env);
  const deps = createDepsWith(noFabric, parseEnvironment(process.env));
  return { deps, mayOperate, watch: createWatch(arbiter) };
});
