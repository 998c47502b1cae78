/** Every failure that the arbiter names on the wire: one base class, one small subclass per cause. */
import type { Beat } from '../core/beat.ts';
import type { Refusal } from '../core/election/types.ts';
import type { WireError } from '../core/wire/heartbeat.ts';

/** A failure with a stable `code`, the HTTP `status` that carries it and a `message` that says what to do. */
export class ArbiterError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = code;
    this.code = code;
    this.status = status;
  }

  /** The form on the wire (`errorBodySchema` holds it under `error`). The cause stays in the log. */
  toWire(requestId: string): WireError {
    return { code: this.code, message: this.message, requestId };
  }
}

/** 400: the body is not JSON, or not what the route takes. */
export class BadRequest extends ArbiterError {
  constructor(message: string, cause?: unknown) {
    super('BadRequest', 400, message, cause);
  }
}

/** 403: the signature is one host's and the body another's. */
export class NodeMismatch extends ArbiterError {
  constructor(message: string) {
    super('NodeMismatch', 403, message);
  }
}

/** 403: the node is not a member of the group. */
export class NotEnrolled extends ArbiterError {
  constructor(message: string) {
    super('NotEnrolled', 403, message);
  }
}

/** 404: no group of that name has been deployed. */
export class UnknownGroup extends ArbiterError {
  constructor(group: string) {
    super('UnknownGroup', 404, `no group "${group}" is deployed: deploy it, or remove it from agent.yaml`);
  }
}

/** 409: the heartbeat is not newer than the one that is stored; `stored` is that one. */
export class StaleBeat extends ArbiterError {
  readonly stored: Beat | undefined;

  constructor(message: string, stored: Beat | undefined) {
    super('StaleBeat', 409, message);
    this.stored = stored;
  }

  override toWire(requestId: string): WireError {
    const wire = super.toWire(requestId);
    return this.stored === undefined ? wire : { ...wire, stored: this.stored };
  }
}

/** 409: the rules do not allow an operator's order now; `code` says which rule, and nothing has changed. */
export class OrderRefused extends ArbiterError {
  constructor(code: Refusal['code'], message: string) {
    super(code, 409, message);
  }
}

/** 413: the decoded body is larger than `BODY_BYTES_MAX`. */
export class BodyTooLarge extends ArbiterError {
  constructor(bytes: number, bytesMax: number) {
    super(
      'BodyTooLarge',
      413,
      `the body has ${bytes} bytes, at most ${bytesMax} are taken: send fewer groups`,
    );
  }
}

/** 503: other writers won every try; nothing of this request was stored. */
export class Contended extends ArbiterError {
  /** @param what the item, as a sentence begins: `group "mysql"` */
  constructor(what: string, tries: number) {
    super('Contended', 503, `${what} was written by others ${tries} times in a row: try again`);
  }
}

/** 503: DynamoDB throttles, times out or answers 5xx. */
export class StoreUnavailable extends ArbiterError {
  constructor(message: string, cause?: unknown) {
    super('StoreUnavailable', 503, message, cause);
  }
}

/** 500: the deployment is wrong (table, permission, environment, authorizer); trying again cannot help. */
export class Misconfigured extends ArbiterError {
  constructor(message: string, cause?: unknown) {
    super('Misconfigured', 500, message, cause);
  }
}

/** 500: an item in the table is not what its schema says. It is never replaced by defaults. */
export class CorruptItem extends ArbiterError {
  constructor(pk: string, sk: string, cause: unknown) {
    super('CorruptItem', 500, `the item pk="${pk}" sk="${sk}" does not parse: repair or restore it`, cause);
  }
}

/** 500: a defect. The log line of this request id has the cause. */
export class Internal extends ArbiterError {
  constructor(cause: unknown) {
    super('Internal', 500, 'the arbiter failed unexpectedly: see its log for this request id', cause);
  }
}

/** What any thrown thing becomes on the wire. */
export const asArbiterError = (thrown: unknown): ArbiterError =>
  thrown instanceof ArbiterError ? thrown : new Internal(thrown);
