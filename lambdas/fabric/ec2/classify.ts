/** Which EC2 errors end a move's hope with this target, and which only ask for another try. */

export interface FabricFailure {
  readonly code: string;
  readonly message: string;
  /** Trying again with the same target cannot help. */
  readonly permanent: boolean;
}

/** These are about this target, this address, what it stands in, or this permission. */
const PERMANENT: ReadonlySet<string> = new Set([
  'InvalidNetworkInterfaceID.NotFound',
  'InvalidNetworkInterfaceID.Malformed',
  'InvalidNetworkInterface.NotFound',
  'InvalidParameterValue',
  'InvalidParameterCombination',
  'InvalidIPAddress.InUse',
  'PrivateIpAddressLimitExceeded',
  'Resource.AlreadyAssigned',
  'InvalidRouteTableID.NotFound',
  'InvalidRouteTableId.Malformed',
  'InvalidRoute.Malformed',
  'RouteLimitExceeded',
  'InvalidAllocationID.NotFound',
  'InvalidAddress.NotFound',
  'InvalidAddress.Locked',
  'Resource.AlreadyAssociated',
  'Gateway.NotAttached',
  'UnauthorizedOperation',
  'OperationNotPermitted',
]);

/**
 * These pass by themselves. The last ones are 4xx that speak of the caller's session or clock and not of the
 * target: banning the target for them would take the only standby out of the election for a minute.
 */
const TRANSIENT: ReadonlySet<string> = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'RequestThrottled',
  'ServiceUnavailable',
  'Unavailable',
  'InternalError',
  'InternalFailure',
  'InternalServerError',
  'Server.InternalError',
  'TimeoutError',
  'AbortError',
  'ConcurrentModification',
  'DependencyViolation',
  'IncorrectState',
  'IncorrectInstanceState',
  // Of two writers of one route or address: what the other one has done shows at the next try.
  'InvalidRoute.NotFound',
  'InvalidRoute.InvalidState',
  'RouteAlreadyExists',
  'InvalidAssociationID.NotFound',
  'RequestExpired',
  'ExpiredToken',
  'AuthFailure',
  'SignatureDoesNotMatch',
  'InvalidClientTokenId',
]);

const statusOf = (thrown: Error): number | undefined => {
  const metadata = '$metadata' in thrown ? thrown.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
};

const codeOf = (thrown: Error): string => {
  // Node names network failures by `code` (ECONNREFUSED), and calls them all "Error".
  if (thrown.name === 'Error' && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  return thrown.name;
};

const isPermanent = (code: string, status: number | undefined): boolean => {
  if (PERMANENT.has(code)) return true;
  if (TRANSIENT.has(code)) return false;
  // An unknown refusal most likely concerns what was asked for: another target may be luckier, and the ban ends.
  return status !== undefined && status >= 400 && status < 500 && status !== 429;
};

/** The code is the cloud's own (`err.name` of the SDK), or the network's when no answer came. */
export const classify = (thrown: unknown): FabricFailure => {
  if (!(thrown instanceof Error)) return { code: 'Unknown', message: String(thrown), permanent: false };
  const code = codeOf(thrown);
  return { code, message: thrown.message, permanent: isPermanent(code, statusOf(thrown)) };
};
