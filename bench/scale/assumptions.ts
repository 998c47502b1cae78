/** What this machine cannot measure and a story must assume of AWS, in one place; the notes beside the numbers say each. */

/** One way between an agent and the function, API Gateway included. */
export const NETWORK_MS = 5;
/** One call to DynamoDB. */
export const DYNAMODB_MS = 4;
/** One call to EC2. */
export const EC2_MS = 300;
/** Until a new environment of the function takes its first request. */
export const COLD_START_MS = 400;
/** Environments that the function may have at once. */
export const ENVIRONMENTS_MAX = 100;
/** The account's throttle of API Gateway, which answers 429 beyond it. */
export const API_THROTTLE = { burst: 5000, perSecond: 10_000 };
/** What Lambda bills for one heartbeat beside the waiting for its calls: a small function's share of a processor. */
export const OWN_WORK_MS = 4;
/** The function's memory. */
export const MEMORY_MB = 256;
