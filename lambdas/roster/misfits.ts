/** Whether a group's VIPs can live on its members' interfaces at all. */
import type { FabricKind, Vip } from '../../core/wire/names.ts';
import type { Deps } from '../arbiter/deps.ts';
import type { Fabric, Finding, Roster } from '../fabric/fabric.ts';

/** What it takes to look. */
export interface Fits extends Pick<Deps, 'clock'> {
  readonly fabricOf: (kind: FabricKind) => Fabric;
}

const sentence = ({ member, message }: Finding): string =>
  `${member === null ? '' : `${member}: `}${message}`;

/**
 * Everything that speaks against it, as one text; undefined when nothing does.
 * @param onHint told what somebody should know, and what keeps nothing from moving. @throws FabricError
 */
export const misfitsOf = async (
  vips: readonly Vip[],
  roster: Roster,
  signal: AbortSignal,
  { fabricOf, clock }: Fits,
  onHint: (hint: Finding) => void = () => undefined,
): Promise<string | undefined> => {
  // Members by selector have not come yet: each is looked at when it does.
  if (Object.keys(roster).length === 0) return undefined;
  const scope = { signal, now: clock, onCall: () => undefined };
  const kinds = Map.groupBy(vips, (vip) => vip.fabric);
  const found = await Promise.all(
    [...kinds].map(([kind, some]: [FabricKind, readonly Vip[]]) =>
      fabricOf(kind).validate(some, roster, scope),
    ),
  );
  const { hints = [], findings = [] } = Object.groupBy(found.flat(), ({ hint }) =>
    hint === true ? 'hints' : 'findings',
  );
  for (const hint of hints) onHint(hint);
  return findings.length === 0 ? undefined : findings.map(sentence).join('; ');
};
