// Proves on the real kernel, in a network namespace of its own, that routes and rules come with a VIP and go before it, that
// nothing of anybody else's is touched, and that a VIP answers by the interface on which it is bound.
import { describe, expect, it } from 'vitest';
import { inOwnNamespace, namespaceRefusal } from '../host/own-namespace.ts';

const TRIALS = new URL('kernel-trials.ts', import.meta.url);
const trial = (name: string): Promise<unknown> => inOwnNamespace(TRIALS, name);
const VIP = '10.2.0.200';

const IN_TABLE = 'default via 10.2.0.1 dev eth1 table 900';
const FROM_VIP = `10.77.0.0/16 via 10.2.0.1 dev eth1 src ${VIP}`;
const ON_LINK = '10.78.0.1 dev eth1 scope 253 metric 7';
const RULES = [
  '100: from all to 10.79.0.0/16 lookup 900 proto 213',
  `7213: from ${VIP} lookup 900 proto 213`,
];
const ALL = [IN_TABLE, FROM_VIP, ON_LINK, ...RULES];

const refusal = namespaceRefusal();

describe.skipIf(refusal !== undefined)(`routes and rules of a VIP${refusal ? `: ${refusal}` : ''}`, () => {
  it('come with it, are put back, and go before it; leftovers go, and what is not the agent’s stays', async () => {
    expect(await trial('follow')).toEqual({
      before: [],
      added: ALL,
      repaired: ALL,
      foreign: '10.81.0.0/16 via 10.2.0.1 dev eth1 proto static',
      atUnbinding: { own: [], bound: true },
      after: [],
      told: [],
    });
  });

  it('a route of another hand stays and is told once; the kernel ends with an address only what is in main', async () => {
    expect(await trial('foreign')).toEqual({
      whileTaken: [IN_TABLE, ON_LINK, ...RULES],
      kept: '10.77.0.0/16 via 10.1.0.1 dev eth0 proto static',
      told: [
        {
          about: `route 10.77.0.0/16 via 10.2.0.1 src ${VIP}`,
          error: 'RTNETLINK answers: File exists',
          remedy: expect.stringContaining('left alone') as unknown,
        },
      ],
      outlives: [IN_TABLE, `10.82.0.0/16 via 10.2.0.1 dev eth1 table 900 src ${VIP}`, ON_LINK, ...RULES],
      afterStart: [],
    });
  });

  it('on an interface that is not the default route’s: without the rule no answer arrives, with it each does', async () => {
    expect(await trial('back')).toEqual({
      answers: { without: 'nothing', with: 'here', strict: 'here', 'of others': 'here' },
      added: [
        'default via 10.2.0.1 dev eth1 table 7213 onlink',
        '10.2.0.0/24 dev eth1 table 7213 scope 253',
        `7213: from ${VIP} lookup 7213 proto 213`,
      ],
      after: [],
      told: [],
    });
  });
});
