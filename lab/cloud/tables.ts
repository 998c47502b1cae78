/** The table of a template. */
import * as z from 'zod/mini';
import { checked, type Resolver } from './resolve.ts';
import { type Template, unfit } from './template.ts';

const TYPE = 'AWS::DynamoDB::Table';

/** What the lab's own table is: nothing else is looked at, since backups and encryption change nothing there. */
const tableSchema = z.object({
  AttributeDefinitions: z.tuple([
    z.strictObject({ AttributeName: z.literal('pk'), AttributeType: z.literal('S') }),
    z.strictObject({ AttributeName: z.literal('sk'), AttributeType: z.literal('S') }),
  ]),
  KeySchema: z.tuple([
    z.strictObject({ AttributeName: z.literal('pk'), KeyType: z.literal('HASH') }),
    z.strictObject({ AttributeName: z.literal('sk'), KeyType: z.literal('RANGE') }),
  ]),
  GlobalSecondaryIndexes: z.optional(z.undefined()),
  LocalSecondaryIndexes: z.optional(z.undefined()),
});

/** The name of the one table, whose keys are those that the lab makes. @throws LabError `template-unfit` */
export const tableOf = (template: Template, resolver: Resolver): string => {
  const tables = Object.entries(template.resources).filter(([, { Type }]) => Type === TYPE);
  const [table] = tables;
  if (table === undefined || tables.length > 1) {
    throw unfit(
      `the template has ${tables.length} tables`,
      'the lab has one: teach it in lab/cloud/tables.ts',
    );
  }
  const [id, { Properties }] = table;
  checked(tableSchema, resolver.resolve(Properties, id), id);
  return resolver.text({ Ref: id }, id);
};
