/**
 * What a role of the template may do, in the words of `ends/credentials.ts`: actions. Of resources only the routes of the
 * API are told apart, and conditions are not looked at: a lab refuses an action that the template does not allow, but
 * does not see which interface or which item it is allowed on.
 */
import * as z from 'zod/mini';
import { checked, type Resolver } from './resolve.ts';
import { type Resource, type Template, unfit } from './template.ts';

const textsSchema = z.union([
  z.array(z.string()),
  z.pipe(
    z.string(),
    z.transform((one) => [one]),
  ),
]);
const statementSchema = z.object({
  Effect: z.literal('Allow'),
  Action: textsSchema,
  Resource: z.unknown(),
});
const documentSchema = z.object({ Statement: z.array(statementSchema) });
const inlineSchema = z.array(z.object({ PolicyDocument: documentSchema }));
type Statement = z.infer<typeof statementSchema>;

const INVOKE = 'execute-api:Invoke';
/** API, stage, then method and path. */
const ROUTE = /:execute-api:[^:]*:[^:]*:[^/]+\/[^/]+(\/.+)$/;

const actionsOf = ({ Action, Resource }: Statement, resolver: Resolver, where: string): string[] =>
  Action.flatMap((action) => {
    if (action !== INVOKE) return [action];
    const resources = checked(textsSchema, resolver.resolve(Resource, where), where);
    return resources.map((arn) => `${INVOKE}${ROUTE.exec(arn)?.[1] ?? '/*'}`);
  });

const isOfRole = (roles: unknown, role: string, resolver: Resolver, where: string): boolean =>
  Array.isArray(roles) && roles.some((one) => resolver.text(one, where) === role);

const documentsOf = (role: string, template: Template, resolver: Resolver): [string, unknown][] =>
  Object.entries(template.resources).flatMap(([id, { Type, Properties }]): [string, unknown][] => {
    const isAttached =
      (Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::ManagedPolicy') &&
      isOfRole(Properties['Roles'], role, resolver, id);
    return isAttached ? [[id, Properties['PolicyDocument']]] : [];
  });

const inlineOf = (id: string, { Properties }: Resource): [string, unknown][] =>
  checked(z.optional(inlineSchema), Properties['Policies'], `${id}.Policies`)?.map(
    ({ PolicyDocument }): [string, unknown] => [id, PolicyDocument],
  ) ?? [];

/** The permissions of a role by its name. @throws LabError `template-unfit`, also for a statement that denies */
export const permissionsOfRole = (
  role: string,
  template: Template,
  resolver: Resolver,
  inline: [string, unknown][] = [],
): string[] => {
  const found = [...documentsOf(role, template, resolver), ...inline].flatMap(([id, document]) =>
    checked(documentSchema, document, `${id}.PolicyDocument`).Statement.flatMap((statement) =>
      actionsOf(statement, resolver, id),
    ),
  );
  return [...new Set(found)];
};

const getAttSchema = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) });

/** The permissions of a function's role, which must stand in the template itself. */
export const permissionsOf = (role: unknown, template: Template, resolver: Resolver): string[] => {
  const {
    'Fn::GetAtt': [id],
  } = checked(getAttSchema, role, 'Role');
  const resource = template.resources[id];
  if (resource === undefined) throw unfit(`there is no role ${id}`, 'run `npm run build`');
  if (resource.Properties['ManagedPolicyArns'] !== undefined) {
    throw unfit(
      `${id} has managed policies, and the lab does not know what they allow`,
      'state the rights themselves: they are also narrower then',
    );
  }
  return permissionsOfRole(resolver.text({ Ref: id }, id), template, resolver, inlineOf(id, resource));
};
