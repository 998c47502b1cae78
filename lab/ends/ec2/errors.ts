/** EC2's error documents: code, sentence and HTTP status as the service sends them. */
import { element } from './xml.ts';

/** Codes whose HTTP status is not 400. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  AuthFailure: 401,
  UnauthorizedOperation: 403,
  MissingAuthenticationToken: 403,
  DryRunOperation: 412,
  InternalError: 500,
  InternalFailure: 500,
  RequestLimitExceeded: 503,
  Unavailable: 503,
  ServiceUnavailable: 503,
};

/** A refusal that the EC2 end answers with. `code` is EC2's own word for it. */
export class Ec2Error extends Error {
  override readonly name = 'Ec2Error';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
    this.status = STATUS_BY_CODE[code] ?? 400;
  }
}

/** The XML document of an error. */
export function errorDocument(error: Ec2Error, requestId: string): string {
  const body = element('Error', element('Code', error.code) + element('Message', error.message, true));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('Response', element('Errors', body) + element('RequestID', requestId))}`;
}
