/** What CloudFormation sends for a resource of the deployed stack, as the provider framework of the CDK hands it on. */
import * as z from 'zod/mini';
import type { GroupFile } from '../../core/wire/config.ts';
import { fileOfGroup } from '../../core/wire/group-document.ts';
import { checked, type Resolver } from './resolve.ts';
import { type Template, unfit } from './template.ts';

/** One event of a deployment, and who takes it. */
export interface DeploymentStep {
  readonly group: string;
  readonly functionArn: string;
  readonly event: Readonly<Record<string, unknown>>;
}

/** The one variable by which the framework knows its function. */
const frameworkSchema = z.object({
  Variables: z.object({ USER_ON_EVENT_FUNCTION_ARN: z.string() }),
});

/** Others come with the CDK, such as those that fill a bucket: what they do in the cloud is no work of a lab. */
const isCustom = (type: string): boolean => type.startsWith('Custom::Keepaloft');

/** The function behind the framework that a service token names. */
const handlerOf = (serviceToken: string, template: Template, resolver: Resolver): string => {
  const found = Object.entries(template.resources).find(
    ([id, { Type }]) =>
      Type === 'AWS::Lambda::Function' && resolver.attribute(id, 'Arn', id) === serviceToken,
  );
  if (found === undefined) throw unfit(`no function is ${serviceToken}`, 'look at the construct');
  const [id, { Properties }] = found;
  const resolved = resolver.resolve(Properties['Environment'], id);
  return checked(frameworkSchema, resolved, id).Variables.USER_ON_EVENT_FUNCTION_ARN;
};

/** Resources that depend on others come after them. */
const inOrder = (ids: readonly string[], template: Template): string[] => {
  const ordered: string[] = [];
  const visit = (id: string): void => {
    if (ordered.includes(id) || !ids.includes(id)) return;
    for (const other of template.resources[id]?.DependsOn ?? []) visit(other);
    ordered.push(id);
  };
  for (const id of ids) visit(id);
  return ordered;
};

/**
 * The creation of every custom resource of the groups, in the order of their dependencies. The template's document is
 * replaced by that of the lab's group; everything else is as the template has it.
 */
export const deploymentOf = (
  template: Template,
  resolver: Resolver,
  groups: Readonly<Record<string, GroupFile>>,
): DeploymentStep[] => {
  const custom = Object.keys(template.resources).filter((id) => isCustom(template.resources[id]?.Type ?? ''));
  return inOrder(custom, template).map((id) => {
    const resource = template.resources[id];
    const group = resource?.group;
    const file = group === undefined ? undefined : groups[group];
    if (resource === undefined || group === undefined || file === undefined) {
      throw unfit(`${id} is a custom resource of no group`, 'the lab deploys those of groups only');
    }
    const properties = checked(
      z.looseObject({ ServiceToken: z.string(), Document: z.string() }),
      resolver.resolve(resource.Properties, id),
      id,
    );
    return {
      group,
      functionArn: handlerOf(properties.ServiceToken, template, resolver),
      event: {
        RequestType: 'Create',
        ResourceType: resource.Type,
        StackId: resolver.text({ Ref: 'AWS::StackId' }, id),
        RequestId: `create-${id}`,
        LogicalResourceId: id,
        ResourceProperties: { ...properties, Document: JSON.stringify(fileOfGroup(group, file)) },
      },
    };
  });
};
