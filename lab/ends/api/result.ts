/** Turns what a Lambda returned (payload version 2) into an HTTP answer. */
import * as z from 'zod/mini';
import type { Answer } from '../http.ts';

const structuredSchema = z.object({
  statusCode: z.int().check(z.minimum(100), z.maximum(599)),
  headers: z.optional(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  body: z.optional(z.nullable(z.string())),
  isBase64Encoded: z.optional(z.boolean()),
  cookies: z.optional(z.array(z.string())),
});

/** Headers that belong to the connection or to the service; a function cannot set them. */
const OWN_HEADERS = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'apigw-requestid',
]);

const hasStatusCode = (payload: unknown): boolean =>
  typeof payload === 'object' && payload !== null && 'statusCode' in payload;

/**
 * The HTTP answer of a payload: a structure with `statusCode` as it says, anything else as a 200 with the JSON of
 * it. Undefined when the structure is malformed, which the service answers with 500.
 */
export function answerOf(payload: unknown): Answer | undefined {
  if (!hasStatusCode(payload))
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: typeof payload === 'string' ? payload : (JSON.stringify(payload) ?? 'null'),
    };
  const parsed = structuredSchema.safeParse(payload);
  if (!parsed.success) return undefined;
  const { statusCode, headers = {}, body, isBase64Encoded = false, cookies } = parsed.data;
  const kept: Record<string, string | string[]> = { 'content-type': 'text/plain;charset=UTF-8' };
  for (const [name, value] of Object.entries(headers))
    if (!OWN_HEADERS.has(name.toLowerCase())) kept[name.toLowerCase()] = String(value);
  if (cookies !== undefined && cookies.length > 0) kept['set-cookie'] = cookies;
  return {
    status: statusCode,
    headers: kept,
    body: isBase64Encoded ? Buffer.from(body ?? '', 'base64') : (body ?? ''),
  };
}
