/** The functions of a template: which artefact, with which settings, and with which rights. */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod/mini';
import { codePathOf } from './names.ts';
import { permissionsOf } from './permissions.ts';
import { checked, type Resolver } from './resolve.ts';
import { type Resource, type Template, unfit } from './template.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUNTIME = 'nodejs24.x';
const MS_PER_S = 1000;
/** Lambda's own defaults. */
const TIMEOUT_S = 3;
const MEMORY_MB = 128;
/** Code that comes with the CDK: the lab plays its part, see `deployment.ts`. */
const FOREIGN = /^(?:\.\.\/|.*node_modules\/)/;
const ENDINGS = ['.mjs', '.js', '.cjs'];

const propertiesSchema = z.object({
  Runtime: z.literal(RUNTIME),
  Handler: z.string().check(z.regex(/^[^.]+\.[^.]+$/)),
  Timeout: z._default(z.int(), TIMEOUT_S),
  MemorySize: z._default(z.int(), MEMORY_MB),
  ReservedConcurrentExecutions: z.optional(z.int()),
  Environment: z._default(z.object({ Variables: z._default(z.record(z.string(), z.string()), {}) }), {
    Variables: {},
  }),
});

export interface CloudFunction {
  readonly name: string;
  readonly arn: string;
  /** The last part of the path of its code: `heartbeat` for dist/lambdas/heartbeat. */
  readonly artefact: string;
  /** Absolute path of the bundled module. */
  readonly module: string;
  /** Name of the exported handler. */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly reservedConcurrency: number | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** What its role may do, as `ends/credentials.ts` has it. */
  readonly permissions: readonly string[];
}

export const isOwn = (resource: Resource): boolean => {
  const path = codePathOf(resource);
  return resource.Type === 'AWS::Lambda::Function' && path !== undefined && !FOREIGN.test(path);
};

const moduleOf = (path: string, file: string, where: string): string => {
  const candidates = ENDINGS.map((ending) => resolve(ROOT, path, file + ending));
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found !== undefined) return found;
  throw unfit(`${where}: its code is not in ${resolve(ROOT, path)}`, 'run `npm run build`');
};

const functionOf = (
  id: string,
  resource: Resource,
  template: Template,
  resolver: Resolver,
): CloudFunction => {
  const { Runtime, Handler, Timeout, MemorySize, ReservedConcurrentExecutions, Environment, Role } =
    resource.Properties;
  const resolved = resolver.resolve(
    { Runtime, Handler, Timeout, MemorySize, ReservedConcurrentExecutions, Environment },
    id,
  );
  const properties = checked(propertiesSchema, resolved, id);
  const [file = '', handler = ''] = properties.Handler.split('.');
  const path = codePathOf(resource) ?? '';
  return {
    name: resolver.text({ Ref: id }, id),
    arn: resolver.attribute(id, 'Arn', id),
    artefact: basename(path),
    module: moduleOf(path, file, id),
    handler,
    timeoutMs: properties.Timeout * MS_PER_S,
    memoryMb: properties.MemorySize,
    reservedConcurrency: properties.ReservedConcurrentExecutions,
    env: properties.Environment.Variables,
    permissions: permissionsOf(Role, template, resolver),
  };
};

/** Every function that runs the project's own code. @throws LabError `template-unfit` */
export const functionsOf = (template: Template, resolver: Resolver): CloudFunction[] =>
  Object.entries(template.resources)
    .filter(([, resource]) => isOwn(resource))
    .map(([id, resource]) => functionOf(id, resource, template, resolver));
