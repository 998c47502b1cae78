/** The addresses and keys of webhooks, from Secrets Manager: never in the environment, never in a line of the log. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type * as z from 'zod/mini';
import { Misconfigured } from '../errors.ts';

/** So long a secret is believed: one that is rotated is taken up by then, or at once after a failure. */
const KEPT_MS = 300_000;

export interface SecretReader {
  /** @throws Misconfigured when it cannot be read or is not what its schema says; the message has nothing of it */
  read<T extends z.ZodMiniType>(schema: T): Promise<z.output<T>>;
  /** Forgets it: it did not work. */
  forget(): void;
}

const parsed = <T extends z.ZodMiniType>(text: string, schema: T, secretArn: string): z.output<T> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message would quote the text.
    throw new Misconfigured(`the secret ${secretArn} is not JSON`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const paths = result.error.issues.map(({ path, code }) => `${path.map(String).join('.')} (${code})`);
  throw new Misconfigured(`the secret ${secretArn} is not as documented: ${paths.join(', ')}`);
};

export const createSecretReader = (
  client: SecretsManagerClient,
  secretArn: string,
  now: () => number = Date.now,
): SecretReader => {
  let kept: { readonly text: string; readonly at: number } | undefined;
  const text = async (): Promise<string> => {
    if (kept !== undefined && now() - kept.at < KEPT_MS) return kept.text;
    try {
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
      kept = { text: SecretString ?? '', at: now() };
      return kept.text;
    } catch (cause) {
      const name = cause instanceof Error ? cause.name : 'Error';
      throw new Misconfigured(`the secret ${secretArn} cannot be read (${name})`, cause);
    }
  };
  return {
    read: async (schema) => parsed(await text(), schema, secretArn),
    forget: () => {
      kept = undefined;
    },
  };
};
