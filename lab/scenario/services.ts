/** The real services of a scenario: what the lab is to run, what its client asks, and how that is told. Pure. */

import type { LabStatus } from '../control/types.ts';
import type { Daemon } from '../daemons/schema.ts';
import { LabError } from '../errors.ts';
import type { ProbeReport } from '../probe/analysis.ts';
import type { Question } from '../probe/question.ts';
import type { Scenario } from './schema.ts';
import { questionIntervalMs } from './watch.ts';

type Services = Scenario['lab']['services'];

/** What the lab is to run on every host; what is asked is the client's. */
export const daemonsIn = (services: Services): Record<string, Daemon> =>
  Object.fromEntries(Object.entries(services).map(([name, { ask: _, ...daemon }]) => [name, daemon]));

/** One question for each service that has one, to its group's first VIP. @throws LabError `unknown-group` */
export const questionsOf = (services: Services, status: LabStatus): Question[] =>
  Object.entries(services).flatMap(([name, { ask }]) => {
    if (ask === undefined) {
      return [];
    }
    const { group = name, ...question } = ask;
    const vip = status.groups.find((one) => one.name === group)?.vips[0]?.address;
    if (vip === undefined) {
      throw new LabError(
        'unknown-group',
        `the service ${name} asks the group ${group}, and the lab has none`,
        {
          remedy: 'name a group as lab.services.NAME.ask.group',
        },
      );
    }
    return [{ name, vip, ...question }];
  });

export const askedEvery = (questions: readonly Question[], vips: readonly string[]): string =>
  questions.length === 0
    ? `every 2 ms to ${vips.join(', ')}`
    : `every ${questionIntervalMs} ms to ${questions.map(({ name, vip, port }) => `${name} ${vip}:${port}`).join(', ')}`;

/** What the client saw: of one address without its name. */
export const seenWords = (reports: readonly ProbeReport[], questions: readonly Question[]): string =>
  reports
    .map(({ vip, lost, sent, outageMs }) => {
      const name = reports.length === 1 ? '' : `${questions.find((one) => one.vip === vip)?.name ?? vip}: `;
      return `${name}${lost} of ${sent} lost, client dark ${Math.round(outageMs)} ms`;
    })
    .join('; ');
