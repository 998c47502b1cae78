/** What a deployment does: the functions are there with their settings, then each group is created. */
import type { CloudPlan } from '../cloud/cloud.ts';
import { LabError } from '../errors.ts';
import type { LambdaRuntime } from '../lambda/runtime.ts';

/** Environments that stand ready before the first request, by artefact: hosts all begin at once. */
const PREWARM: Readonly<Record<string, number>> = { heartbeat: 4 };
/** A service that the lab does not play is nowhere, rather than in the real cloud. */
const NOWHERE = 'http://127.0.0.1:1';

/** @param endpoints the variables by which the AWS SDK finds the lab's services */
export const deployFunctions = async (
  { functions }: CloudPlan,
  lambdas: LambdaRuntime,
  endpoints: Readonly<Record<string, string>>,
): Promise<void> => {
  await Promise.all(
    functions.map(({ arn: _arn, module, artefact, reservedConcurrency, env, ...settings }) =>
      lambdas.deploy({
        ...settings,
        artefact: module,
        env: { ...env, AWS_ENDPOINT_URL: NOWHERE, ...endpoints },
        prewarm: PREWARM[artefact] ?? 0,
        ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
      }),
    ),
  );
};

/** Sends what CloudFormation would send. @throws LabError `deploy-failed` */
export const deployGroups = async (cloud: CloudPlan, lambdas: LambdaRuntime): Promise<void> => {
  for (const { group, functionArn, event } of cloud.deployment) {
    const outcome = await lambdas.invoke(cloud.functionName(functionArn), event);
    if (outcome.ok) continue;
    throw new LabError(
      'deploy-failed',
      `group ${group} could not be configured: ${outcome.error.errorMessage}`,
      { remedy: 'look at the message; `npm run build` makes the Lambdas anew' },
    );
  }
};
