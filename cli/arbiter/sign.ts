/** Signs an operator's request with SigV4, as API Gateway's IAM authorisation wants it. */
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Target } from './target.ts';

class Sha256 extends Hash {
  constructor(secret?: ConstructorParameters<typeof Hash>[1]) {
    super('sha256', secret);
  }
}

/** The headers to send with a POST of `body`. @throws whatever the credentials' source throws */
export const signedHeaders = async (
  { url, region, credentials }: Pick<Target, 'url' | 'region' | 'credentials'>,
  body: string,
): Promise<Record<string, string>> => {
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const { headers } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: { host: url.host, 'content-type': 'application/json' },
    body,
  });
  // What sends the request writes this one itself, from the same URL.
  const { host: _, ...sent } = headers;
  return sent;
};
