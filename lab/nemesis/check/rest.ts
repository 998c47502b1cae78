/** After every round the groups come to rest, and then nothing changes. Pure. */
import type { HistoryEvent } from '../history.ts';
import { type Facts, type Finding, ofKind, type RoundFacts } from './facts.ts';
import { NOTE_MS } from './limits.ts';

export const converges = ({ rounds }: Facts): Finding[] =>
  rounds.flatMap(({ notConverged }) =>
    notConverged === undefined
      ? []
      : [
          {
            at: notConverged.at,
            what: `not at rest ${Math.round(notConverged.tookMs)} ms after everything was healed: ${notConverged.missing}`,
          },
        ],
  );

const wordsOf = (event: HistoryEvent): string | undefined => {
  switch (event.kind) {
    case 'decision':
      return event.what === 'transfer'
        ? `${event.group} goes to ${event.to ?? 'nobody'} (${event.reason})`
        : undefined;
    case 'bound':
      return event.bound ? undefined : `${event.host} loses ${event.vip}`;
    case 'associated':
      return `the gateway translates ${event.vip} to ${event.private ?? 'nothing'}`;
    case 'fabric':
      return `the fabric delivers ${event.vip} to ${event.host ?? 'nobody'}`;
    case 'dark':
      return event.stalled ? undefined : `${event.lost} probes to ${event.vip} are lost`;
    default:
      return undefined;
  }
};

const disturbed = (facts: Facts, { converged, calmAt, round }: RoundFacts): Finding[] =>
  converged === undefined || calmAt === undefined
    ? []
    : facts.events
        // A loss begins with the last probe that was answered, which may have been sent just before the next strike.
        .filter(
          (event) => event.at >= converged.at && event.at <= calmAt - (event.kind === 'dark' ? NOTE_MS : 0),
        )
        .flatMap((event) => {
          const words = wordsOf(event);
          return words === undefined
            ? []
            : [{ at: event.at, what: `in the calm after round ${round}: ${words}` }];
        });

export const staysCalm = (facts: Facts): Finding[] =>
  facts.rounds.flatMap((round) => disturbed(facts, round));

/** What was not seen cannot be judged. */
export const sawEverything = ({ events }: Facts): Finding[] =>
  ofKind(events, 'blind').map(({ at, what }) => ({ at, what }));
