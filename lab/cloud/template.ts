/** The CloudFormation template that a lab is wired by: made by the project's own constructs when it was built. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { groupNameSchema } from '../../core/wire/names.ts';
import { LabError } from '../errors.ts';

/** Where `npm run build` puts it. */
export const TEMPLATE_PATH = fileURLToPath(new URL('../../dist/cloud/template.json', import.meta.url));

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z._default(z.record(z.string(), z.unknown()), {}),
  Metadata: z._default(z.record(z.string(), z.unknown()), {}),
  DependsOn: z._default(
    z.union([
      z.array(z.string()),
      z.pipe(
        z.string(),
        z.transform((one) => [one]),
      ),
    ]),
    [],
  ),
  /** Whether it exists at all would then depend on what the lab does not know. */
  Condition: z.optional(z.undefined()),
});

const documentSchema = z.strictObject({
  /** The name of the template's one group: it stands for every group of a lab. */
  group: groupNameSchema,
  template: z.object({
    Parameters: z._default(z.record(z.string(), z.object({ Default: z.optional(z.string()) })), {}),
    Resources: z.record(z.string(), resourceSchema),
  }),
});

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly Metadata: Readonly<Record<string, unknown>>;
  readonly DependsOn: readonly string[];
  /** Which of the lab's groups it is for; absent: for all of them. */
  readonly group?: string;
}

export interface Template {
  /** Resources by logical id. */
  readonly resources: Readonly<Record<string, Resource>>;
  /** Defaults of its parameters. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** The template does not fit: `message` names the place in it. */
export const unfit = (message: string, remedy: string): LabError =>
  new LabError('template-unfit', message, { remedy });

/** What must be one for all groups: a second one would be another deployment. */
const SHARED = /^AWS::(?:Lambda::Function|DynamoDB::|ApiGatewayV2::)/;

const forGroups = (
  [id, resource]: [string, Resource],
  placeholder: string,
  groups: readonly string[],
): [string, Resource][] => {
  const text = JSON.stringify([id, resource]);
  if (!text.includes(placeholder)) return [[id, resource]];
  if (SHARED.test(resource.Type)) {
    throw unfit(
      `${id} (${resource.Type}) mentions the group ${placeholder}, and there is only one of it`,
      'let it find its groups in the table: groups come and go',
    );
  }
  return groups.map((group) => {
    const [ownId, own] = JSON.parse(text.replaceAll(placeholder, group)) as [string, Resource];
    return [ownId, { ...own, group }];
  });
};

/**
 * The template for these groups: whatever mentions its one group is there once for each of them.
 * @throws LabError `template-unfit`
 */
export const templateFor = (document: unknown, groups: readonly string[]): Template => {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw unfit(
      `the lab's template is not one: ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`,
      'run `npm run build`',
    );
  }
  const { group, template } = parsed.data;
  const resources = Object.entries(template.Resources).map(
    ([id, { Type, Properties, Metadata, DependsOn }]): [string, Resource] => [
      id,
      { Type, Properties, Metadata, DependsOn },
    ],
  );
  return {
    resources: Object.fromEntries(resources.flatMap((one) => forGroups(one, group, groups))),
    parameters: Object.fromEntries(
      Object.entries(template.Parameters).map(([name, { Default }]) => [name, Default]),
    ),
  };
};

/** @throws LabError `template-missing`, `template-unfit` */
export const readTemplate = (groups: readonly string[], path = TEMPLATE_PATH): Template => {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new LabError('template-missing', `${path} cannot be read`, {
      remedy: 'run `npm run build`',
      cause,
    });
  }
  return templateFor(JSON.parse(text), groups);
};
