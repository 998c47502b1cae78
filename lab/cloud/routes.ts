/** The HTTP API of a template: which route invokes which function, and how many requests it takes. */
import * as z from 'zod/mini';
import { checked, type Resolver } from './resolve.ts';
import { type Template, unfit } from './template.ts';

/** Of a token bucket. */
export interface RouteThrottle {
  readonly ratePerSecond: number;
  readonly burst: number;
}

export interface CloudRoute {
  /** For example `POST /v1/heartbeat`. */
  readonly key: string;
  readonly functionArn: string;
  /** Absent: the account's own limits. */
  readonly throttle: RouteThrottle | undefined;
}

const routeSchema = z.object({
  RouteKey: z.string().check(z.regex(/^[A-Z]+ \/[\w/.-]+$/)),
  AuthorizationType: z.literal('AWS_IAM'),
  Target: z.string().check(z.regex(/^integrations\//)),
});
const integrationSchema = z.object({
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
});
const settingsSchema = z.object({ ThrottlingRateLimit: z.number(), ThrottlingBurstLimit: z.number() });
const stageSchema = z.object({
  DefaultRouteSettings: z.optional(settingsSchema),
  RouteSettings: z._default(z.record(z.string(), settingsSchema), {}),
});
type Settings = z.infer<typeof settingsSchema>;

const throttleOf = (settings: Settings | undefined): RouteThrottle | undefined =>
  settings && { ratePerSecond: settings.ThrottlingRateLimit, burst: settings.ThrottlingBurstLimit };

const ofType = (template: Template, type: string): [string, Readonly<Record<string, unknown>>][] =>
  Object.entries(template.resources).flatMap(([id, { Type, Properties }]) =>
    Type === type ? [[id, Properties]] : [],
  );

/** Everything of the HTTP API. @throws LabError `template-unfit`, also for a route that anybody may call */
export const routesOf = (template: Template, resolver: Resolver): CloudRoute[] => {
  const stages = ofType(template, 'AWS::ApiGatewayV2::Stage');
  if (stages.length > 1) throw unfit('the template has more than one stage', 'the lab serves one API');
  const [[stageId, { DefaultRouteSettings, RouteSettings }] = ['', {}]] = stages;
  const stage = checked(
    stageSchema,
    resolver.resolve({ DefaultRouteSettings, RouteSettings }, stageId),
    stageId,
  );
  return ofType(template, 'AWS::ApiGatewayV2::Route').map(([id, properties]) => {
    const { RouteKey, Target } = checked(routeSchema, resolver.resolve(properties, id), id);
    const integrationId = Target.slice(Target.indexOf('/') + 1);
    const integration = template.resources[integrationId];
    if (integration === undefined) throw unfit(`${id}: there is no ${Target}`, 'look at the construct');
    const { IntegrationUri } = checked(
      integrationSchema,
      resolver.resolve(integration.Properties, integrationId),
      integrationId,
    );
    const settings = stage.RouteSettings[RouteKey] ?? stage.DefaultRouteSettings;
    return { key: RouteKey, functionArn: IntegrationUri, throttle: throttleOf(settings) };
  });
};
