/** API Gateway events as a REST API with IAM authorization delivers them: proxy integration, payload version 1.0. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { arnOf, REQUEST_ID } from '../heartbeat/events.ts';

/** The event of a request that `signer` signed; null: the method has no authorization. */
export const restEventOf = (path: string, signer: string | null, body: string): APIGatewayProxyEvent => {
  const userArn = signer === null ? null : arnOf(signer);
  const headers = {
    'content-type': 'application/json',
    host: 'abc123-vpce-0a1.execute-api.us-east-1.amazonaws.com',
  };
  return {
    resource: path,
    path,
    httpMethod: 'POST',
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    requestContext: {
      resourceId: 'r1',
      resourcePath: path,
      httpMethod: 'POST',
      path: `/keepaloft${path}`,
      accountId: '111122223333',
      apiId: 'abc123',
      protocol: 'HTTP/1.1',
      stage: 'keepaloft',
      requestId: REQUEST_ID,
      requestTimeEpoch: 1_794_657_600_000,
      authorizer: null,
      identity: {
        accessKey: 'ASIAEXAMPLE',
        accountId: '111122223333',
        apiKey: null,
        apiKeyId: null,
        caller: `AROAEXAMPLE:${signer ?? ''}`,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: '172.31.0.11',
        user: `AROAEXAMPLE:${signer ?? ''}`,
        userAgent: 'keepaloft',
        userArn,
      },
    },
    body,
    isBase64Encoded: false,
  };
};
