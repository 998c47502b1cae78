// Proves that the checker is silent about histories in which all went well, and that each of its rules notices the one
// thing that breaks it.
import { describe, expect, it } from 'vitest';
import type { StrikeKind } from '../../../lab/nemesis/catalogue.ts';
import { check, RULES } from '../../../lab/nemesis/check/check.ts';
import type { HistoryEvent } from '../../../lab/nemesis/history.ts';
import * as story from './story.ts';

const { bound, dark, decision, end, fabric, heal, killedExclusive, killedHolder, master, opening } = story;
const { answered, quiet, rest, round, strike } = story;

const broken = (history: readonly HistoryEvent[]): string[] => [
  ...new Set(check(history).map(({ rule }) => rule)),
];

/** A round of one strike after which nothing else is told than what a test adds. */
const alone = (
  kind: StrikeKind,
  events: HistoryEvent[],
  mode: 'fenced' | 'exclusive' = 'fenced',
  words = {},
) => [
  ...opening(mode),
  round(1000),
  strike(1000, kind, words),
  heal(5000, kind, words),
  quiet(5000),
  ...events,
  ...rest(9000),
  end(13_000),
];

const without = (history: readonly HistoryEvent[], drop: (event: HistoryEvent) => boolean): HistoryEvent[] =>
  history.filter((event) => !drop(event));

describe('a history in which all goes well', () => {
  it.each([
    ['a fenced holder that is killed', killedHolder()],
    ['an exclusive holder that is killed', killedExclusive()],
    ['a blackout of a fenced group', alone('blackout', [], 'fenced', { hosts: ['host1', 'host2', 'host3'] })],
    [
      'an address that somebody removed and the agent bound again',
      alone('addr-del', [bound(1100, 'host1', false), bound(1500, 'host1'), dark(1100, 1510)], 'fenced', {
        group: 'mysql',
      }),
    ],
    [
      'a foreign hand that bound an exclusive VIP on a standby for a moment',
      alone('addr-add', [bound(1050, 'host2'), bound(1400, 'host2', false)], 'exclusive', {
        group: 'mysql',
        hosts: ['host2'],
      }),
    ],
    [
      'a manager that binds an exclusive VIP for ever, on its holder and on a standby',
      alone(
        'net-utils',
        [
          bound(2000, 'host1'),
          bound(2500, 'host1', true, 3),
          bound(3000, 'host2'),
          bound(3400, 'host2', false),
        ],
        'exclusive',
        { hosts: ['host1', 'host2'] },
      ),
    ],
    [
      'a manager that takes an address away again and again, up to its end',
      alone(
        'address-manager',
        [1500, 4950].flatMap((ms) => [
          bound(ms, 'host1', false),
          bound(ms + 400, 'host1'),
          dark(ms, ms + 410),
        ]),
      ),
    ],
    [
      'a foreign assignment that is put right',
      alone('assign', [fabric(1050, 'host2'), fabric(1600, 'host1'), dark(1050, 1610)], 'fenced', {
        group: 'mysql',
        hosts: ['host2'],
      }),
    ],
    [
      'an exclusive holder whose lease ran out and that goes on under a new epoch',
      alone(
        'blackout',
        [
          bound(5000, 'host1', false),
          decision(6000, { to: 'host1', reason: 'lapsed' }),
          master(6010, 'host1', 8),
          bound(6020, 'host1', true, 3),
          dark(5000, 6030),
        ],
        'exclusive',
        { hosts: ['host1', 'host2', 'host3'] },
      ),
    ],
  ])('%s breaks no rule', (_, history) => {
    expect(check(history)).toEqual([]);
  });
});

const again = decision(4500, { epoch: 8, to: 'host3' });
/** What happens, the rule that it breaks, and the history. */
const BREAKS: readonly [string, string, HistoryEvent[]][] = [
  ['an epoch that is given out twice', 'epochs-rise', [...killedHolder(), again]],
  ['an epoch below one that was there', 'epochs-rise', [...killedHolder(), decision(4500, { epoch: 6 })]],
  ['two owners of one epoch', 'one-owner', [...killedHolder(), again]],
  [
    'a commit for another owner',
    'one-owner',
    [...killedHolder(), decision(4500, { what: 'committed', to: 'host3' })],
  ],
  ["an agent MASTER at another's epoch", 'agent-epoch', [...killedHolder(), master(4500, 'host1', 8)]],
  [
    'an agent MASTER at an older epoch than before',
    'agent-epoch',
    [...killedHolder(), master(-500, 'host1', 7), master(-100, 'host1', 6)],
  ],
  ['a VIP bound on two hosts', 'never-two', [...killedExclusive(), bound(7560, 'host3', true, 3)]],
  [
    'a VIP bound on two hosts in an order that the instants do not show',
    'never-two',
    // The kernel told of the second binding before it told of the first one's end, in the same millisecond.
    without(
      killedExclusive(),
      (event) => event.kind === 'bound' && event.host === 'host1' && !event.bound,
    ).concat(bound(7550, 'host1', false)),
  ],
  ['an exclusive VIP without a lifetime', 'bound-for-a-time', [...killedExclusive(), bound(9000, 'host2')]],
  [
    'a dead agent whose kernel keeps the address',
    'kernel-lets-go',
    without(killedExclusive(), (event) => event.kind === 'bound' && !event.bound).concat(
      bound(10_500, 'host1', false),
    ),
  ],
  [
    'a binding long after the group has gone elsewhere',
    'no-stale-binding',
    [...killedHolder(), bound(11_500, 'host3')],
  ],
  [
    'an exclusive binding after the transfer, whatever kept the host from hearing of it',
    'no-stale-binding',
    [...killedExclusive(), bound(9000, 'host1', true, 3)],
  ],
  ['a fabric that nobody told to go there', 'fabric-follows', [...killedHolder(), fabric(6500, 'host3')]],
  [
    'an answer of a host that the fabric does not name',
    'wrong-host-answers',
    [...killedHolder(), answered(2000, 6000, 'host3')],
  ],
  [
    'a move in spite of nothing',
    'move-without-cause',
    [...opening(), round(1000), decision(2000), end(9000)],
  ],
  ['a move by a fault that explains none', 'move-without-cause', alone('ec2-slow', [decision(2000)])],
  [
    'a move of a group whose holder was not struck',
    'move-without-cause',
    alone('kill', [decision(4000)], 'fenced', { hosts: ['host3'] }),
  ],
  ['a move for a reason that does not fit', 'move-without-cause', alone('service', [decision(4000)])],
  [
    'a reason that has no place in a run',
    'move-without-cause',
    alone('kill', [decision(4000, { reason: 'preempt' })]),
  ],
  [
    'a move long after its fault',
    'move-without-cause',
    [...alone('kill', []), decision(40_000), end(50_000)],
  ],
  [
    'two moves for one fault',
    'one-fault-one-move',
    [...killedHolder(), decision(6500, { epoch: 9, from: 'host2', to: 'host1' })],
  ],
  ['a loss in a quiet time', 'unexplained-loss', [...opening(), round(1000), dark(3000, 3600), end(9000)]],
  ['a loss by a fault that costs none', 'unexplained-loss', alone('blackout', [dark(3000, 3600)])],
  [
    'a loss by a fault elsewhere',
    'unexplained-loss',
    alone('kill', [dark(3000, 3600)], 'fenced', { hosts: ['host3'] }),
  ],
  ['a loss that lasts too long', 'unexplained-loss', alone('kill', [dark(1000, 12_500)])],
  [
    'a loss long after a manager has ended',
    'unexplained-loss',
    alone('address-manager', [dark(4900, 5300), dark(7800, 8900)]),
  ],
  ['a loss while the metadata service is slow', 'unexplained-loss', alone('imds-slow', [dark(3000, 3600)])],
  [
    'an address without a lifetime on a host whose manager did nothing',
    'bound-for-a-time',
    alone('net-utils', [bound(2000, 'host1'), bound(2500, 'host1', true, 3)], 'exclusive', {
      hosts: ['host2'],
    }),
  ],
  [
    'groups that never come to rest',
    'converges',
    [
      ...opening(),
      round(1000),
      strike(1000, 'kill'),
      heal(2000, 'kill'),
      quiet(2000),
      {
        kind: 'not-converged',
        at: story.ZERO + 40_000,
        round: 1,
        tookMs: 38_000,
        missing: 'mysql is moving',
      },
      end(41_000),
    ],
  ],
  [
    'a transfer at rest',
    'calm',
    [...killedHolder(), decision(8000, { epoch: 9, from: 'host2', to: 'host1' })],
  ],
  ['a loss at rest', 'calm', [...killedHolder(), dark(8000, 8500)]],
  ['an address that vanishes at rest', 'calm', [...killedHolder(), bound(8000, 'host2', false)]],
  ['a fabric that changes at rest', 'calm', [...killedHolder(), fabric(8000, 'host1')]],
  [
    'an observer that has missed something',
    'blind',
    [...killedHolder(), { kind: 'blind', at: story.ZERO + 5000, what: 'No buffer space available' }],
  ],
];

describe('each rule notices what breaks it', () => {
  it.each(BREAKS)('%s (%s)', (_, rule, history) => {
    expect(broken(history)).toContain(rule);
  });

  it('and no rule is left out', () => {
    expect(new Set(BREAKS.map(([, rule]) => rule))).toEqual(new Set(RULES.map(({ name }) => name)));
  });
});

describe('what is no fault of the product is not held against it', () => {
  const everybody = ['host1', 'host2', 'host3'];
  it.each<[string, HistoryEvent[]]>([
    [
      'a loss in which the prober itself stood still',
      [...killedHolder(), dark(6500, 6900, { stalled: true })],
    ],
    [
      'a fenced host that thaws and binds what it does not know it has lost',
      alone('freeze', [
        decision(4000),
        fabric(4020, 'host2'),
        bound(4050, 'host2'),
        bound(4500, 'host1', false),
        bound(5100, 'host1'),
        bound(5900, 'host1', false),
        dark(1000, 4060),
      ]),
    ],
    [
      'a stale order that the fabric carried out late, and that was put right',
      [
        ...opening(),
        round(1000),
        strike(1000, 'ec2-stale', { hosts: everybody }),
        strike(1000, 'freeze-agent'),
        strike(1000, 'kill', { hosts: ['host2'] }),
        decision(4000),
        decision(6000, { epoch: 9, from: 'host2', to: 'host3', reason: 'target-silent' }),
        fabric(6020, 'host3'),
        fabric(7000, 'host2'),
        fabric(7400, 'host3'),
        heal(8000, 'ec2-stale', { hosts: everybody }),
        heal(8000, 'freeze-agent'),
        heal(8000, 'kill', { hosts: ['host2'] }),
        quiet(8000),
        ...rest(9000),
        end(13_000),
      ],
    ],
  ])('%s', (_, history) => {
    expect(check(history)).toEqual([]);
  });
});
