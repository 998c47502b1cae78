/** Who signed the request. API Gateway has verified the signature; the session name of an instance role is the instance. */
import { type NodeId, nodeIdSchema } from '../../core/wire/names.ts';
import { NodeMismatch } from '../errors.ts';
import { callerArn } from '../http/event.ts';

/** arn:aws:sts::111122223333:assumed-role/ROLE/SESSION, in any partition. A role's path is not part of it. */
const ASSUMED_ROLE =
  /^arn:aws[a-z-]*:sts::\d{12}:assumed-role\/(?<role>[\w+=,.@-]{1,64})\/(?<session>[\w+=,.@-]{2,64})$/;

/**
 * The instance that signed, from `requestContext.authorizer.iam.userArn`.
 * @param roles when given, the only roles whose session names are believed
 * @throws NodeMismatch when the caller is no instance; Misconfigured when the route does not authenticate
 */
export const callerOf = (userArn: string | undefined, roles: readonly string[] | undefined): NodeId => {
  const { role = '', session } = ASSUMED_ROLE.exec(callerArn({ userArn }))?.groups ?? {};
  const node = nodeIdSchema.safeParse(session);
  if (!node.success) {
    throw new NodeMismatch(
      "only an EC2 instance may send heartbeats, signed with its instance role's credentials",
    );
  }
  if (roles !== undefined && !roles.includes(role)) {
    throw new NodeMismatch(
      `the role "${role}" is not a member role: use the instance role of the deployment`,
    );
  }
  return node.data;
};
