import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { IKeepaloftArbiter, KeepaloftArbiterAttributes } from './arbiter-props.ts';
import { allowRoute } from './rights.ts';
import { ADMIN_PATH, HEARTBEAT_PATH } from './transport.ts';

/** An arbiter of another stack: it can be reached and granted, nothing else. */
export class ImportedArbiter extends Construct implements IKeepaloftArbiter {
  readonly endpoint: string;
  readonly apiId: string;

  constructor(scope: Construct, id: string, { endpoint, apiId }: KeepaloftArbiterAttributes) {
    super(scope, id);
    this.endpoint = endpoint;
    this.apiId = apiId;
  }

  grantHeartbeat(role: IRole): Grant {
    return allowRoute(this, this.apiId, HEARTBEAT_PATH, role);
  }

  grantOperate(grantee: IGrantable): Grant {
    return allowRoute(this, this.apiId, ADMIN_PATH, grantee);
  }
}
