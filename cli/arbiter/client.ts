/** Speaks to the arbiter as an operator: `POST /v1/admin`, signed. Every failure is a `CliError` with a remedy. */
import type * as z from 'zod/mini';
import {
  type AdminRequestInput,
  type HistoryResponse,
  historyResponseSchema,
  type OrderRequest,
  type OrderResponse,
  orderResponseSchema,
  type StatusResponse,
  statusResponseSchema,
} from '../../core/wire/admin.ts';
import { errorIn, noCredentials, type Reply, strangeAnswer, unreachable } from './errors.ts';
import { signedHeaders } from './sign.ts';
import type { Target } from './target.ts';

/** An order may do what a pause has held up, and a Lambda lives for ten seconds. */
const ANSWER_MS_MAX = 15_000;
/** Pages of all groups: 32 groups each. More than that no arbiter has. */
const PAGES_MAX = 1000;

export interface ArbiterClient {
  /** Of one group, or of all, whatever pages they come in. */
  status(group?: string): Promise<StatusResponse>;
  history(group: string, limit: number): Promise<HistoryResponse>;
  order(request: OrderRequest): Promise<OrderResponse>;
}

const exchange = async (target: Target, body: string, signal: AbortSignal | undefined): Promise<Reply> => {
  const headers = await signedHeaders(target, body).catch((cause: unknown) => {
    throw noCredentials(cause);
  });
  const timeout = AbortSignal.timeout(ANSWER_MS_MAX);
  try {
    const response = await fetch(target.url, {
      method: 'POST',
      headers,
      body,
      redirect: 'error',
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    const date = response.headers.get('date') ?? undefined;
    return { status: response.status, body: await response.text(), date };
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreachable(target, cause);
  }
};

/**
 * @param signal ends what is asked
 * @example const { groups } = await connectArbiter(await targetOf(options)).status();
 */
export const connectArbiter = (target: Target, signal?: AbortSignal): ArbiterClient => {
  const ask = async <T extends z.ZodMiniType>(
    request: AdminRequestInput,
    schema: T,
  ): Promise<z.output<T>> => {
    const reply = await exchange(target, JSON.stringify(request), signal);
    if (reply.status !== 200) throw errorIn(reply, target);
    let document: unknown;
    try {
      document = JSON.parse(reply.body);
    } catch (cause) {
      throw strangeAnswer(target, cause);
    }
    const parsed = schema.safeParse(document);
    if (!parsed.success) throw strangeAnswer(target, parsed.error);
    return parsed.data;
  };

  const allGroups = async (): Promise<StatusResponse> => {
    let page = await ask({ v: 1, do: 'status' }, statusResponseSchema);
    const groups = [...page.groups];
    for (let pages = 1; page.after !== undefined && pages < PAGES_MAX; pages += 1) {
      page = await ask({ v: 1, do: 'status', after: page.after }, statusResponseSchema);
      groups.push(...page.groups);
    }
    const { after: _, ...rest } = page;
    return { ...rest, groups };
  };

  return {
    status: (group) =>
      group === undefined ? allGroups() : ask({ v: 1, do: 'status', group }, statusResponseSchema),
    history: (group, limit) => ask({ v: 1, do: 'history', group, limit }, historyResponseSchema),
    order: (request) => ask(request, orderResponseSchema),
  };
};
