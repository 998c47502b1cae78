/** A lab's arbiter as the operator's commands reach it: the same request, signed with the keys of the lab's operator. */

import type { LabInfo } from '../../lab/control/types.ts';
import { adminUrl, type Target } from '../arbiter/target.ts';
import { EXIT } from '../exit-codes.ts';
import { CliError } from '../failure.ts';
import { chooseLab, connectTo, livingLabs } from './find.ts';

/** What a running lab says of itself, as an arbiter to speak to. */
export const targetOfInfo = ({ lab, endpoints, env, hosts }: LabInfo): Target => ({
  url: adminUrl(endpoints.api),
  region: env['AWS_REGION'] ?? '',
  credentials: async () => ({
    accessKeyId: env['AWS_ACCESS_KEY_ID'] ?? '',
    secretAccessKey: env['AWS_SECRET_ACCESS_KEY'] ?? '',
  }),
  name: `lab ${lab}`,
  lab,
  hosts: new Map(hosts.map(({ instanceId, name }) => [instanceId, name])),
});

/** @throws CliError `no-arbiter` when nothing was named and no lab runs; `no-such-lab`, `several-labs` */
export const infoOfLab = async (labId: string | undefined): Promise<LabInfo> => {
  const labs = livingLabs();
  if (labId === undefined && labs.length === 0) {
    throw new CliError('no-arbiter', 'it is not said which arbiter is meant', {
      remedy: 'give --endpoint URL or set KEEPALOFT_ENDPOINT; or start a lab: keepaloft lab up --detach',
      exitCode: EXIT.usage,
    });
  }
  return connectTo(chooseLab(labs, labId)).client.info();
};

/** @throws as {@link infoOfLab} */
export const targetOfLab = async (labId: string | undefined): Promise<Target> =>
  targetOfInfo(await infoOfLab(labId));
