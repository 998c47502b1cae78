/** A hand-made history in which a holder is killed and all goes as it should; tests take it apart. */
import type { Mode, StrikeKind } from '../../../lab/nemesis/catalogue.ts';
import type { EventOf, HistoryEvent, VipFacts } from '../../../lab/nemesis/history.ts';

export const VIP = '172.31.0.201';
/** The instant that the stories' milliseconds count from. */
export const ZERO = 1_700_000_000_000;
const at = (ms: number): number => ZERO + ms;

const ADDRESS: VipFacts = { address: VIP, fabric: 'secondary-ip', isBound: true };
export const start = (mode: Mode = 'fenced', vips: VipFacts[] = [ADDRESS]): HistoryEvent => ({
  kind: 'start',
  at: at(0),
  fabric: 'secondary-ip',
  mode,
  seed: 'test',
  hosts: ['host1', 'host2', 'host3'],
  groups: [
    {
      name: 'mysql',
      vips,
      exclusive: mode === 'exclusive',
      heartbeatMs: 1000,
      leaseMs: mode === 'exclusive' ? 5000 : 3000,
      holder: 'host1',
      epoch: 7,
    },
  ],
  intervalMs: 5,
});

let order = 0;
export const bound = (
  ms: number,
  host: string,
  isBound = true,
  lifetimeS: number | null = null,
): HistoryEvent => {
  order += 1;
  return { kind: 'bound', at: at(ms), order, host, vip: VIP, bound: isBound, lifetimeS };
};
export const fabric = (ms: number, host: string | null): HistoryEvent => {
  order += 1;
  return { kind: 'fabric', at: at(ms), order, vip: VIP, host };
};

export const round = (ms: number, number = 1): HistoryEvent => ({
  kind: 'round',
  at: at(ms),
  round: number,
  plan: '',
});
interface StrikeWords {
  hosts?: string[];
  group?: string;
  vips?: string[];
  round?: number;
  id?: string;
}
export const strike = (ms: number, kind: StrikeKind, words: StrikeWords = {}): HistoryEvent => {
  const { hosts = ['host1'], round: number = 1, id = `${kind}-${number}`, group } = words;
  const vips = words.vips ?? (group === undefined ? undefined : [VIP]);
  return {
    kind: 'strike',
    at: at(ms),
    round: number,
    id,
    strike: kind,
    hosts,
    detail: '',
    ...(group === undefined ? {} : { group }),
    ...(vips === undefined ? {} : { vips }),
  };
};
export const heal = (ms: number, kind: StrikeKind, words: StrikeWords = {}): HistoryEvent => {
  const { hosts = ['host1'], round: number = 1, id = `${kind}-${number}` } = words;
  return { kind: 'heal', at: at(ms), round: number, id, strike: kind, hosts };
};
export const quiet = (ms: number, number = 1): HistoryEvent => ({ kind: 'quiet', at: at(ms), round: number });
export const rest = (ms: number, number = 1): HistoryEvent[] => [
  { kind: 'converged', at: at(ms), round: number, tookMs: 1000 },
  { kind: 'calm', at: at(ms + 3000), round: number },
];

type Decided = Partial<Pick<EventOf<'decision'>, 'what' | 'epoch' | 'from' | 'to' | 'reason'>>;
export const decision = (ms: number, words: Decided = {}): HistoryEvent => ({
  kind: 'decision',
  at: at(ms),
  what: 'transfer',
  type: words.what ?? 'transfer',
  group: 'mysql',
  epoch: 8,
  from: 'host1',
  to: 'host2',
  reason: 'silence',
  detail: '',
  ...words,
});

export const dark = (
  from: number,
  to: number,
  words: Partial<Pick<EventOf<'dark'>, 'lost' | 'stalled'>> = {},
): HistoryEvent => ({
  kind: 'dark',
  at: at(from),
  to: at(to),
  vip: VIP,
  lost: (to - from) / 5,
  before: 'host1',
  after: 'host2',
  stalled: false,
  ...words,
});
export const answered = (from: number, to: number, host: string): HistoryEvent => ({
  kind: 'answered',
  at: at(from),
  to: at(to),
  vip: VIP,
  host,
  answers: 100,
});
export const master = (ms: number, host: string, epoch: number): HistoryEvent => ({
  kind: 'agent',
  at: at(ms),
  host,
  group: 'mysql',
  epoch,
  message: `BACKUP -> MASTER at epoch ${epoch}`,
});
export const end = (ms: number): HistoryEvent => ({
  kind: 'end',
  at: at(ms),
  sent: 1000,
  stallMs: 0,
  load: 0.5,
  cores: 2,
  interrupted: false,
});

/** What is there before anything happens. */
export const opening = (mode: Mode = 'fenced'): HistoryEvent[] => [
  fabric(-1000, 'host1'),
  bound(-1000, 'host1', true, mode === 'exclusive' ? 3 : null),
  start(mode),
];

/** kill −9 of a fenced group's holder at 1 s; claimed at 4 s, healed at 6 s, at rest at 7 s, the end at 12 s. */
export const killedHolder = (): HistoryEvent[] => [
  ...opening(),
  round(1000),
  strike(1000, 'kill'),
  decision(4000),
  fabric(4020, 'host2'),
  decision(4030, { what: 'committed' }),
  master(4040, 'host2', 8),
  bound(4050, 'host2'),
  heal(6000, 'kill'),
  quiet(6000),
  bound(6300, 'host1', false),
  ...rest(7000),
  dark(1000, 4060),
  answered(0, 1000, 'host1'),
  answered(4060, 12_000, 'host2'),
  end(12_000),
];

/** The same of an exclusive group: the kernel lets go at 4 s, the claim comes at 7.5 s. */
export const killedExclusive = (): HistoryEvent[] => [
  ...opening('exclusive'),
  round(1000),
  strike(1000, 'kill'),
  bound(4000, 'host1', false),
  decision(7500),
  fabric(7520, 'host2'),
  decision(7530, { what: 'committed' }),
  master(7540, 'host2', 8),
  bound(7550, 'host2', true, 3),
  bound(8550, 'host2', true, 3),
  heal(11_000, 'kill'),
  quiet(11_000),
  ...rest(12_000),
  dark(1000, 7560),
  answered(0, 1000, 'host1'),
  answered(7560, 17_000, 'host2'),
  end(17_000),
];
