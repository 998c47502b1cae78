/** The environment of the arbiter's Lambdas, parsed once at cold start. */
import * as z from 'zod/mini';
import { Misconfigured } from './errors.ts';

/** IAM would allow a comma in a role's name; here it only ever separates names. */
const roleList = z.pipe(
  z.string().check(z.regex(/^[\w+=.@-]+([ ,]+[\w+=.@-]+)*$/, 'role names, separated by commas')),
  z.transform((text: string) => text.split(/[ ,]+/)),
);

const levelSchema = z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']);

const environmentSchema = z.object({
  TABLE_NAME: z.string().check(z.minLength(3), z.maxLength(255)),
  LOG_LEVEL: z._default(z.pipe(z.string().check(z.toUpperCase()), levelSchema), 'INFO'),
  /** The only roles whose sessions may send heartbeats. @default any role of the account */
  MEMBER_ROLES: z.optional(roleList),
  /** The name or ARN of the bus on which decisions are published. @default none: nothing is published */
  EVENT_BUS: z.optional(z.string().check(z.minLength(1), z.maxLength(1600))),
  /** What metrics, published events and people call this deployment. */
  ARBITER: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
});

export interface Environment {
  readonly tableName: string;
  readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
  readonly memberRoles: readonly string[] | undefined;
  /** Where decisions are published; undefined: nowhere. */
  readonly eventBus?: string | undefined;
  /** The name of the deployment. @default `keepaloft` */
  readonly arbiter?: string | undefined;
}

/** @throws Misconfigured naming the variable */
export const parseEnvironment = (variables: Readonly<Record<string, string | undefined>>): Environment => {
  const parsed = environmentSchema.safeParse(variables);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const name = issue?.path.map(String).join('.') ?? '';
    throw new Misconfigured(
      `the environment variable ${name} is wrong: ${issue?.message ?? ''}`,
      parsed.error,
    );
  }
  const { TABLE_NAME, LOG_LEVEL, MEMBER_ROLES, ARBITER, EVENT_BUS } = parsed.data;
  return {
    tableName: TABLE_NAME,
    logLevel: LOG_LEVEL,
    memberRoles: MEMBER_ROLES,
    arbiter: ARBITER,
    eventBus: EVENT_BUS,
  };
};
