/** From a request's body to what an operator wants. Unknown keys are refused: a misspelt `ifEpoch` must not be ignored. */
import { type AdminRequest, adminRequestSchema } from '../../core/wire/admin.ts';
import { type Envelope, parseBody } from '../http/event.ts';

/** @throws BodyTooLarge before anything is parsed; BadRequest naming the path of what is wrong */
export const parseAdmin = (envelope: Pick<Envelope, 'body' | 'isBase64Encoded'>): AdminRequest =>
  parseBody(envelope, adminRequestSchema, 'a version 1 request');
