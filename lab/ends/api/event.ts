/** The payload-v2 event that an HTTP API with an IAM authorizer hands to a Lambda. */
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { APIGatewayProxyEventV2WithIAMAuthorizer } from 'aws-lambda';
import { LAB_ORGANISATION_ID, LAB_REGION, type Principal } from '../credentials.ts';

/** The API's made-up id; the real ones are ten lower-case letters and digits. */
export const API_ID = 'k3ep4l0ft1';
export const API_DOMAIN = `${API_ID}.execute-api.${LAB_REGION}.amazonaws.com`;
export const STAGE = '$default';

/** Content types whose bodies travel as text; everything else is base64, as the service does it. */
const TEXT_TYPE = /^(text\/|application\/(json|xml|javascript)\b|application\/[a-z0-9.-]+\+(json|xml)\b)/i;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export interface EventInput {
  method: string;
  /** Path and query as on the request line. */
  url: string;
  routeKey: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  sourceIp: string;
  principal: Principal;
  requestId: string;
  nowMs: number;
  /** The port the client connected to, for x-forwarded-port. */
  port: number;
  isSecure: boolean;
}

/** `12/Mar/2020:19:03:58 +0000`: the format of the request time. */
export function requestTime(ms: number): string {
  const date = new Date(ms);
  const day = String(date.getUTCDate()).padStart(2, '0');
  const month = MONTHS[date.getUTCMonth()] ?? '';
  return `${day}/${month}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}

function flatHeaders(input: EventInput): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(input.headers)) {
    if (value === undefined || name === 'cookie' || name === 'connection') continue;
    headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  const forwarded = headers['x-forwarded-for'];
  headers['x-forwarded-for'] = forwarded === undefined ? input.sourceIp : `${forwarded}, ${input.sourceIp}`;
  headers['x-forwarded-port'] = String(input.port);
  headers['x-forwarded-proto'] = input.isSecure ? 'https' : 'http';
  const seconds = Math.floor(input.nowMs / 1000).toString(16);
  headers['x-amzn-trace-id'] = `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
  return headers;
}

/** Values of one name are joined by commas, as payload version 2 does. */
function queryOf(search: string): Record<string, string> | undefined {
  if (search === '') return undefined;
  const values = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(search)) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(values);
}

function bodyOf(input: EventInput): { body?: string; isBase64Encoded: boolean } {
  if (input.body.length === 0) return { isBase64Encoded: false };
  const isText = TEXT_TYPE.test(input.headers['content-type'] ?? 'text/plain');
  return { body: input.body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

/** The path of a request target, as it travelled. */
export const pathOf = (url: string): string => url.split('?', 1)[0] ?? '/';

export function buildEvent(input: EventInput): APIGatewayProxyEventV2WithIAMAuthorizer {
  const rawPath = pathOf(input.url);
  const rawQueryString = input.url.slice(rawPath.length + 1);
  const query = queryOf(rawQueryString);
  const cookies = input.headers.cookie?.split(/; */);
  const { principal } = input;
  return {
    version: '2.0',
    routeKey: input.routeKey,
    rawPath,
    rawQueryString,
    ...(cookies === undefined ? {} : { cookies }),
    headers: flatHeaders(input),
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: principal.accountId,
      apiId: API_ID,
      authorizer: {
        iam: {
          accessKey: principal.accessKeyId,
          accountId: principal.accountId,
          callerId: principal.callerId,
          cognitoIdentity: null,
          principalOrgId: LAB_ORGANISATION_ID,
          userArn: principal.arn,
          userId: principal.callerId,
        },
      },
      domainName: API_DOMAIN,
      domainPrefix: API_ID,
      http: {
        method: input.method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: input.sourceIp,
        userAgent: input.headers['user-agent'] ?? '',
      },
      requestId: input.requestId,
      routeKey: input.routeKey,
      stage: STAGE,
      time: requestTime(input.nowMs),
      timeEpoch: input.nowMs,
    },
    ...bodyOf(input),
  };
}
