/** What is promised, each under the name by which a violation is reported. */

export const INVARIANTS = {
  'S1-one-holder': 'one holder for each epoch, and only it is MASTER there',
  'S2-epoch-rises': 'the epoch of the item never falls',
  'S2-rev-rises': 'each write raises rev by one',
  'S2-seen': 'no epoch is issued that an agent has told of already',
  'S3-exclusive': 'exclusive: never two hosts with a VIP bound at once',
  'S3-pause': 'exclusive: a machine that stood still notices within 1.5 s',
  'S4-orders': "an order names the item's holder, epoch and rev, and no call of it leaves after 2 s",
  'S4-commit': 'a move is committed only after the fabric acknowledged that very order',
  'S6-replay': 'a heartbeat counts once',
  'S6-stranger': 'who is no member is not answered',
  'A1-given-up': 'an agent never binds at an epoch that it gave up',
  'A2-deadline': 'an agent never binds past its deadline',
  'A3-kernel': 'exclusive: the kernel lets go by the deadline, whatever becomes of the agent',
  'A4-identity': 'an agent that is alone on its host is never superseded',
  'A5-lease': 'exclusive: no MASTER without a deadline that is still to come',
  'A6-epoch': 'an agent never goes back to an older epoch',
  'D1-repair': 'what is in its place is not repaired, unless a mark or another hand says otherwise',
  'E1-choice':
    'whoever is chosen is enrolled, stays, is not drained, not banned, and healthy where it has to be',
  'P1-prepared':
    'where candidates are asked: whoever is named has prepared for just that epoch, and nobody else was asked with it',
  'P2-release': 'fenced: a holder that does not let go holds nothing up for longer than was said',
  'L1-served': 'one fault: served again within a stated time',
  'L2-one-move': 'one fault: at most one change of holder, and healing changes nothing',
  'L3-blackout': 'the arbiter away: no change of holder',
  'L5-last-holder': 'a fenced group that was held is never vacant',
  'C1-rest': 'once healed: one MASTER, bound and delivered there, nobody else bound',
  'C2-still': 'once at rest, nothing moves any more',
  'X1-storm': 'no seed has more than two million events',
  'X2-throws': 'no reducer throws',
} as const;
export type InvariantName = keyof typeof INVARIANTS;
