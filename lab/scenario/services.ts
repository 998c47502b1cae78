/** The real services of a scenario: what the lab is to run, what its client asks, and how that is told. Pure. */

import type { LabStatus } from '../control/types.ts';
import type { Daemon } from '../daemons/schema.ts';
import { LabError } from '../errors.ts';
import type { ProbeReport } from '../probe/analysis.ts';
import type { Question } from '../probe/question.ts';
import type { Scenario } from './schema.ts';
import { probeIntervalMs, questionIntervalMs } from './watch.ts';

type Services = Scenario['lab']['services'];

/** What the lab is to run on every host; what is asked is the client's. */
export const daemonsIn = (services: Services): Record<string, Daemon> =>
  Object.fromEntries(Object.entries(services).map(([name, { ask: _, ...daemon }]) => [name, daemon]));

/** One question for each service that has one and each of the VIPs that it is asked through. @throws LabError `unknown-group` */
export const questionsOf = (services: Services, status: LabStatus): Question[] =>
  Object.entries(services).flatMap(([name, { ask }]) => {
    if (ask === undefined) {
      return [];
    }
    const { group = name, vips, ...question } = ask;
    const all = status.groups.find((one) => one.name === group)?.vips ?? [];
    if (all.length === 0) {
      throw new LabError(
        'unknown-group',
        `the service ${name} asks the group ${group}, and the lab has none`,
        {
          remedy: 'name a group as lab.services.NAME.ask.group',
        },
      );
    }
    return all
      .slice(0, vips === 'all' ? all.length : 1)
      .map(({ address: vip }) => ({ name, vip, ...question }));
  });

export const askedEvery = (questions: readonly Question[], vips: readonly string[]): string =>
  questions.length === 0
    ? `every ${probeIntervalMs(vips.length)} ms to ${vips.join(', ')}`
    : `every ${questionIntervalMs} ms to ${questions.map(({ name, vip, port }) => `${name} ${vip}:${port}`).join(', ')}`;

/** A service by its name where it is asked through one VIP, else by the VIP. */
const nameOf = (vip: string, questions: readonly Question[]): string => {
  const name = questions.find((one) => one.vip === vip)?.name;
  return name === undefined || questions.filter((one) => one.name === name).length > 1 ? vip : name;
};

/** What the client saw: of one address without its name. */
export const seenWords = (reports: readonly ProbeReport[], questions: readonly Question[]): string =>
  reports
    .map(({ vip, lost, sent, outageMs }) => {
      const name = reports.length === 1 ? '' : `${nameOf(vip, questions)}: `;
      return `${name}${lost} of ${sent} lost, client dark ${Math.round(outageMs)} ms`;
    })
    .join('; ');
