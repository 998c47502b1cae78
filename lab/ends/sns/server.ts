/** SNS's Publish. */
import * as z from 'zod/mini';
import type { Clock } from '../clock.ts';
import type { CredentialStore } from '../credentials.ts';
import { operation, RpcEnd, RpcError } from '../rpc/end.ts';
import type { Topics } from './topics.ts';

const MESSAGE_BYTES_MAX = 256 * 1024;
const SUBJECT_MAX = 100;
const NOT_FOUND = 404;
/** SNS takes a subject of ASCII without control characters, and nothing that begins with a space. */
const SUBJECT = /^[\x21-\x7e][\x20-\x7e]*$/;

const publishSchema = z.strictObject({
  TopicArn: z.string(),
  Message: z.string().check(z.minLength(1)),
  Subject: z.optional(z.string()),
  MessageAttributes: z.optional(z.unknown()),
});

const publish = ({ TopicArn, Message, Subject }: z.infer<typeof publishSchema>, topics: Topics): object => {
  if (!topics.has(TopicArn)) throw new RpcError('NotFound', 'Topic does not exist', NOT_FOUND);
  if (Subject !== undefined && (Subject.length > SUBJECT_MAX || !SUBJECT.test(Subject)))
    throw new RpcError('InvalidParameter', 'Invalid parameter: Subject');
  if (Buffer.byteLength(Message) > MESSAGE_BYTES_MAX)
    throw new RpcError('InvalidParameter', 'Invalid parameter: Message too long');
  return { MessageId: topics.publish(TopicArn, Subject, Message) };
};

export interface SnsEndOptions {
  readonly clock: Clock;
  readonly credentials: CredentialStore;
  readonly topics: Topics;
  readonly onError?: (error: unknown) => void;
}

/** The Query protocol, as the SDK speaks it. */
export const createSnsEnd = ({ topics, ...options }: SnsEndOptions): RpcEnd =>
  new RpcEnd({
    ...options,
    signedFor: 'sns',
    rights: 'sns',
    xmlNamespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
    operations: { Publish: operation(publishSchema, (input) => publish(input, topics)) },
  });
