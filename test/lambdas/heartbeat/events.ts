/** API Gateway events as an HTTP API with IAM authorization delivers them, payload version 2.0. */
import type { APIGatewayProxyEventV2WithIAMAuthorizer, Context } from 'aws-lambda';
import type { HeartbeatRequest } from '../../../core/wire/heartbeat.ts';
import { nodeA, report } from '../fixtures.ts';

export const REQUEST_ID = 'JKJaXmPLvHcESHA=';

export const arnOf = (session: string): string =>
  `arn:aws:sts::111122223333:assumed-role/KeepaloftMember/${session}`;

/** The event of a request that `signer` signed. */
export const eventOf = (
  signer: string,
  body: string,
  base64 = false,
): APIGatewayProxyEventV2WithIAMAuthorizer => ({
  version: '2.0',
  routeKey: 'POST /v1/heartbeat',
  rawPath: '/v1/heartbeat',
  rawQueryString: '',
  headers: { 'content-type': 'application/json', host: 'abc123.execute-api.us-east-1.amazonaws.com' },
  requestContext: {
    accountId: '111122223333',
    apiId: 'abc123',
    authorizer: {
      iam: {
        accessKey: 'ASIAEXAMPLE',
        accountId: '111122223333',
        callerId: `AROAEXAMPLE:${signer}`,
        cognitoIdentity: null,
        principalOrgId: 'aws:PrincipalOrgID',
        userArn: arnOf(signer),
        userId: `AROAEXAMPLE:${signer}`,
      },
    },
    domainName: 'abc123.execute-api.us-east-1.amazonaws.com',
    domainPrefix: 'abc123',
    http: {
      method: 'POST',
      path: '/v1/heartbeat',
      protocol: 'HTTP/1.1',
      sourceIp: '172.31.0.11',
      userAgent: 'keepaloft',
    },
    requestId: REQUEST_ID,
    routeKey: 'POST /v1/heartbeat',
    stage: '$default',
    time: '14/Nov/2026:12:00:00 +0000',
    timeEpoch: 1_794_657_600_000,
  },
  body: base64 ? Buffer.from(body).toString('base64') : body,
  isBase64Encoded: base64,
});

/** A heartbeat that the arbiter takes. */
export const heartbeat = (fields: Partial<HeartbeatRequest> = {}): HeartbeatRequest => ({
  v: 1,
  node: nodeA,
  boot: 1_763_000_000_000,
  seq: 1,
  agent: '0.1.0',
  groups: [report()],
  ...fields,
});

/** What Lambda tells an invocation about itself. */
export const context = {
  functionName: 'heartbeat',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:us-east-1:111122223333:function:heartbeat',
  memoryLimitInMB: '256',
  awsRequestId: '00000000-0000-4000-8000-000000000000',
  logGroupName: '/aws/lambda/heartbeat',
  logStreamName: 'stream',
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => 10_000,
} as Context;
