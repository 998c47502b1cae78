/** The three ways in which AWS's clients call operations: JSON, RPC v2 with CBOR, and Query with XML. */
import { cbor, dateToTag } from '@smithy/core/cbor';
import { element, escapeXml } from '../ec2/xml.ts';
import type { Answer } from '../http.ts';
import { MalformedInput, queryInput, replaceDates, withDates } from './values.ts';

/** A refusal as a service words it. */
export interface RpcFailure {
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

/** One call, read but not yet understood. */
export interface RpcCall {
  readonly operation: string;
  readonly input: unknown;
  readonly answer: (output: object, requestId: string) => Answer;
  readonly refuse: (failure: RpcFailure, requestId: string) => Answer;
}

/** A request as it came; `headers` by lower-case name. */
export interface RpcRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

const MS_PER_S = 1000;
const CBOR_PATH = /^\/service\/([A-Za-z0-9_]{1,64})\/operation\/([A-Za-z0-9_]{1,64})$/;
const TARGET = /^[A-Za-z0-9_]{1,64}\.([A-Za-z0-9_]{1,64})$/;
const INTERNAL_STATUS = 500;

/** Clients of a service that once spoke Query ask for the code that it had there. */
const queryErrorOf = (failure: RpcFailure, { headers }: RpcRequest): Record<string, string> =>
  headers['x-amzn-query-mode'] === 'true'
    ? { 'x-amzn-query-error': `${failure.code};${faultOf(failure)}` }
    : {};

const faultOf = ({ status }: RpcFailure): string => (status < INTERNAL_STATUS ? 'Sender' : 'Receiver');

const cborCall = (operation: string, request: RpcRequest): RpcCall => {
  const { body } = request;
  const headersOf = (requestId: string) => ({
    'content-type': 'application/cbor',
    'smithy-protocol': 'rpc-v2-cbor',
    'x-amzn-requestid': requestId,
  });
  const encoded = (value: object): Buffer => Buffer.from(cbor.serialize(replaceDates(value, dateToTag)));
  return {
    operation,
    input: body.length === 0 ? {} : withDates(cbor.deserialize(body)),
    answer: (output, requestId) => ({ status: 200, headers: headersOf(requestId), body: encoded(output) }),
    refuse: (failure, requestId) => ({
      status: failure.status,
      headers: { ...headersOf(requestId), ...queryErrorOf(failure, request) },
      body: encoded({ __type: failure.code, message: failure.message }),
    }),
  };
};

const jsonCall = (operation: string, request: RpcRequest): RpcCall => {
  const { body, headers } = request;
  const headersOf = (requestId: string) => ({
    'content-type': String(headers['content-type']),
    'x-amzn-requestid': requestId,
  });
  const encoded = (value: object): string =>
    JSON.stringify(replaceDates(value, (date) => date.getTime() / MS_PER_S));
  const text = body.toString('utf8');
  return {
    operation,
    input: text === '' ? {} : (JSON.parse(text) as unknown),
    answer: (output, requestId) => ({ status: 200, headers: headersOf(requestId), body: encoded(output) }),
    refuse: (failure, requestId) => ({
      status: failure.status,
      headers: { ...headersOf(requestId), ...queryErrorOf(failure, request) },
      body: encoded({ __type: failure.code, message: failure.message }),
    }),
  };
};

/** A structure as XML: items of a list are `member`s, what is undefined is left out. */
const xmlOf = (value: unknown): string => {
  if (Array.isArray(value)) return value.map((item) => element('member', xmlOf(item))).join('');
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object' || value === null) return escapeXml(String(value));
  return Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([name, inner]) => element(name, xmlOf(inner)))
    .join('');
};

const queryCall = ({ body }: RpcRequest, namespace: string): RpcCall => {
  const { Action, Version: _version, ...input } = queryInput(body.toString('utf8'));
  const operation = typeof Action === 'string' ? Action : '';
  const document = (name: string, content: string): string =>
    `<?xml version="1.0"?>\n<${name} xmlns="${namespace}">${content}</${name}>`;
  const headersOf = (requestId: string) => ({ 'content-type': 'text/xml', 'x-amzn-requestid': requestId });
  return {
    operation,
    input,
    answer: (output, requestId) => ({
      status: 200,
      headers: headersOf(requestId),
      body: document(
        `${operation}Response`,
        element(`${operation}Result`, xmlOf(output)) +
          element('ResponseMetadata', element('RequestId', requestId)),
      ),
    }),
    refuse: (failure, requestId) => ({
      status: failure.status,
      headers: headersOf(requestId),
      body: document(
        'ErrorResponse',
        element('Error', xmlOf({ Type: faultOf(failure), Code: failure.code, Message: failure.message })) +
          element('RequestId', requestId),
      ),
    }),
  };
};

/**
 * Reads a call in whichever protocol it comes.
 *
 * @param namespace of the service's XML
 * @throws MalformedInput when it is none
 */
export const readCall = (request: RpcRequest, namespace: string): RpcCall => {
  if (request.method !== 'POST') throw new MalformedInput(`${request.method} is not taken`);
  try {
    if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') {
      const [, , operation] = CBOR_PATH.exec(request.path) ?? [];
      if (operation === undefined) throw new MalformedInput('the path names no operation');
      return cborCall(operation, request);
    }
    const target = request.headers['x-amz-target'];
    if (target !== undefined) {
      const [, operation] = TARGET.exec(String(target)) ?? [];
      if (operation === undefined) throw new MalformedInput('x-amz-target names no operation');
      return jsonCall(operation, request);
    }
    return queryCall(request, namespace);
  } catch (cause) {
    if (cause instanceof MalformedInput) throw cause;
    throw new MalformedInput(`the body cannot be read: ${String(cause)}`);
  }
};
