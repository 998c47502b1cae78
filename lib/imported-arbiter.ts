import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { IKeepaloftArbiter, KeepaloftArbiterAttributes } from './arbiter-props.ts';
import { allowRoutes } from './rights.ts';
import { ADMIN_PATH, MEMBER_PATHS } from './routes.ts';

/** An arbiter of another stack: it can be reached and granted, nothing else. */
export class ImportedArbiter extends Construct implements IKeepaloftArbiter {
  readonly endpoint: string;
  readonly apiId: string;
  readonly #api: { readonly apiId: string; readonly stage: string };

  constructor(scope: Construct, id: string, { endpoint, apiId }: KeepaloftArbiterAttributes) {
    super(scope, id);
    this.endpoint = endpoint;
    this.apiId = apiId;
    this.#api = { apiId, stage: '$default' };
  }

  grantHeartbeat(role: IRole): Grant {
    return allowRoutes(this, this.#api, MEMBER_PATHS, role);
  }

  grantOperate(grantee: IGrantable): Grant {
    return allowRoutes(this, this.#api, [ADMIN_PATH], grantee);
  }
}
