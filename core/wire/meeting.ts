/** What two groups may not both have where they can meet on one host. */
interface Meeting {
  readonly name: string;
  /** As far as they are named. */
  readonly members: readonly string[];
  /** Of its VIPs one is an Elastic IP on the holder's own address, and it is moved. */
  readonly takesPrimary: boolean;
}

/** An Elastic IP that stands on no address of the group's goes to the one that the holder has anyway. */
export const standsOnPrimary = (vip: {
  readonly fabric: string;
  readonly private?: string | undefined;
}): boolean => vip.fabric === 'elastic-ip' && vip.private === undefined;

/**
 * An interface's own address goes by one Elastic IP. Two groups with one each that are held by the same host would push each other's off,
 * and mend it, for ever.
 * @returns what is wrong, in words; undefined: no two of them can meet
 */
export const elasticIpsMeet = (groups: readonly Meeting[]): string | undefined => {
  const taking = groups.filter(({ takesPrimary }) => takesPrimary);
  for (const [at, one] of taking.entries()) {
    for (const other of taking.slice(at + 1)) {
      const shared = one.members.find((member) => other.members.includes(member));
      if (shared !== undefined)
        return `groups ${one.name} and ${other.name} may both be held by ${shared}, whose own address goes by one Elastic IP only: give each a secondary IP of its group (private)`;
    }
  }
  return undefined;
};
