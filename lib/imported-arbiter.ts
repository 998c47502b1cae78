import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { IKeepaloftArbiter, KeepaloftArbiterAttributes } from './arbiter-props.ts';
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
    return this.#grant(role, HEARTBEAT_PATH);
  }

  grantOperate(grantee: IGrantable): Grant {
    return this.#grant(grantee, ADMIN_PATH);
  }

  #grant(grantee: IGrantable, path: string): Grant {
    const route = Stack.of(this).formatArn({
      service: 'execute-api',
      resource: this.apiId,
      resourceName: `*/POST${path}`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns: [route] });
  }
}
