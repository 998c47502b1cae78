// Proves what is told of a host, in which order, and what a listener hears that comes later.
import { describe, expect, it } from 'vitest';
import { heardBy } from '../../../agent/events/arbiter.ts';
import { hubGroupsIn, tellingBound } from '../../../agent/events/bound.ts';
import { readable } from '../../../agent/events/command.ts';
import { EventHub } from '../../../agent/events/hub.ts';
import type { Reply } from '../../../agent/loop/ports.ts';
import { bootMs } from '../../../core/time.ts';
import { agentFileSchema } from '../../../core/wire/config.ts';
import { type HostEvent, hostEventSchema } from '../../../core/wire/host-event.ts';

const VIP = '172.31.0.201';
const OTHER = '172.31.0.202';
const AT = '2026-11-29T05:00:00.000Z';
const GROUPS = hubGroupsIn(
  agentFileSchema.parse({
    version: 1,
    endpoint: 'https://abc.execute-api.us-east-1.amazonaws.com',
    region: 'us-east-1',
    groups: {
      mysql: { vips: [VIP, OTHER].map((address) => ({ address, fabric: 'secondary-ip' })), priority: 200 },
    },
  }),
);

const listening = () => {
  const hub = new EventHub(GROUPS, () => new Date(AT));
  const lines: string[] = [];
  const listen = () => hub.listen((line) => void lines.push(line));
  const told = (): HostEvent[] => lines.splice(0).map((line) => hostEventSchema.parse(JSON.parse(line)));
  return { hub, lines, listen, told };
};
const head = { version: 1, at: AT };
const MASTER = { state: 'MASTER', epoch: 47, priority: 190 } as const;

describe('the hub', () => {
  it('tells a new listener what is the case, and then what changes, in that order', () => {
    const { hub, listen, told } = listening();
    hub.arbiter(true);
    hub.bound('mysql', [VIP]);
    hub.state('mysql', MASTER);
    listen();
    const state = { event: 'state', group: 'mysql', ...MASTER, vips: [VIP, OTHER], bound: [VIP] };
    expect(told()).toEqual([
      { ...head, present: true, event: 'arbiter', answers: true },
      { ...head, present: true, ...state },
    ]);
    hub.bound('mysql', [OTHER]);
    hub.state('mysql', { state: 'FAULT', epoch: 47, priority: 0 });
    expect(told()).toEqual([
      { ...head, event: 'unbound', group: 'mysql', vips: [VIP] },
      { ...head, event: 'bound', group: 'mysql', vips: [OTHER] },
      { ...head, ...state, state: 'FAULT', priority: 0, bound: [OTHER] },
    ]);
  });

  it('knows nothing of the arbiter, and no state, before there is one', () => {
    const { listen, told } = listening();
    listen();
    expect(told()).toEqual([
      {
        ...head,
        present: true,
        event: 'state',
        group: 'mysql',
        state: 'INIT',
        epoch: 0,
        priority: 200,
        vips: [VIP, OTHER],
        bound: [],
      },
    ]);
  });

  it('does not tell what has not changed, nor of groups that it does not have', () => {
    const { hub, listen, told } = listening();
    listen();
    told();
    hub.bound('mysql', []);
    hub.arbiter(false);
    hub.arbiter(false);
    hub.bound('redis', [VIP]);
    hub.state('redis', MASTER);
    hub.priority('redis', 1);
    expect(told().map(({ event }) => event)).toEqual(['arbiter']);
  });

  it('tells the priority of the last check to who comes later', () => {
    const { hub, listen, told } = listening();
    hub.priority('mysql', 170);
    listen();
    expect(told()).toMatchObject([{ priority: 170 }]);
  });

  it('tells nothing to who has gone', () => {
    const { hub, lines, listen, told } = listening();
    const end = listen();
    told();
    end();
    hub.arbiter(true);
    expect(lines).toEqual([]);
  });
});

describe('in passing', () => {
  it('is heard which VIPs serve, by looks and by changes', async () => {
    const { hub, listen, told } = listening();
    listen();
    told();
    let bound = [VIP];
    const ports = tellingBound(hub, {
      bound: () => bound,
      bind: () => Promise.resolve([VIP, OTHER]),
      unbind: () => Promise.resolve([]),
    });
    const mysql = { name: 'mysql' } as never;
    ports.bound(mysql);
    await ports.bind(mysql, [OTHER]);
    bound = [OTHER];
    ports.bound(mysql);
    await ports.unbind(mysql, [OTHER]);
    expect(told().map((event) => [event.event, 'vips' in event ? event.vips : []])).toEqual([
      ['bound', [VIP]],
      ['bound', [OTHER]],
      ['unbound', [VIP]],
      ['unbound', [OTHER]],
    ]);
  });

  it('is heard whether the arbiter answers, and once that it knows of a release', async () => {
    const { hub, listen, told } = listening();
    listen();
    told();
    const times = { sentAt: bootMs(1), receivedAt: bootMs(2) };
    const replies = {
      answer: { kind: 'answer', response: { v: 1, groups: {} }, ...times },
      refused: {
        kind: 'refused',
        status: 403,
        error: { code: 'StaleBeat', message: '', requestId: '' },
        ...times,
      },
      lost: { kind: 'network', cause: new Error('cut'), ...times },
    } satisfies Record<string, Reply>;
    let next: keyof typeof replies = 'answer';
    const post = heardBy(hub, () => Promise.resolve(replies[next]));
    const beat = async (reply: keyof typeof replies, released?: number) => {
      next = reply;
      await post(
        { groups: [{ name: 'mysql', ...(released === undefined ? {} : { released }) }] } as never,
        {} as never,
      );
      return told().map(({ version: _, at: __, ...event }) => event);
    };
    expect(await beat('answer')).toEqual([{ event: 'arbiter', answers: true }]);
    // Told, and not heard by anybody.
    expect(await beat('lost', 47)).toEqual([]);
    expect(await beat('answer', 47)).toEqual([{ event: 'released', group: 'mysql', epoch: 47 }]);
    expect(await beat('answer', 47)).toEqual([]);
    expect(await beat('lost')).toEqual([]);
    expect(await beat('lost')).toEqual([]);
    expect(await beat('refused')).toEqual([]);
    expect(await beat('lost')).toEqual([]);
    expect(await beat('lost')).toEqual([]);
    expect(await beat('lost')).toEqual([{ event: 'arbiter', answers: false }]);
    expect(await beat('answer', 48)).toEqual([
      { event: 'arbiter', answers: true },
      { event: 'released', group: 'mysql', epoch: 48 },
    ]);
  });
});

describe('for people', () => {
  const said = (event: object): string =>
    readable(JSON.stringify({ ...head, group: 'mysql', ...event })).slice(AT.length);

  it.each([
    [
      { event: 'state', ...MASTER, vips: [VIP], bound: [VIP] },
      `     mysql  MASTER at epoch 47, priority 190, ${VIP} bound`,
    ],
    [
      { event: 'state', present: true, state: 'BACKUP', epoch: 1, priority: 100, vips: [VIP], bound: [] },
      ' now mysql  BACKUP at epoch 1, priority 100, nothing bound',
    ],
    [{ event: 'unbound', vips: [VIP, OTHER] }, `     mysql  ${VIP}, ${OTHER} unbound`],
    [
      { event: 'check', check: 'db', up: false, detail: 'refused', priority: 0 },
      '     mysql  check db is down, priority 0: refused',
    ],
    [
      { event: 'check', check: 'db', up: true, detail: '', priority: 9 },
      '     mysql  check db is up, priority 9',
    ],
    [
      { event: 'hook', hook: 'onMaster', state: 'MASTER', epoch: 4, ok: false, code: 1, durationMs: 12 },
      '     mysql  hook onMaster (MASTER) failed with 1 in 12 ms',
    ],
    [
      { event: 'hook', hook: 'notify', state: 'MASTER', epoch: 4, ok: true, code: 0, durationMs: 12 },
      '     mysql  hook notify (MASTER) ran in 12 ms',
    ],
    [{ event: 'released', epoch: 4 }, '     mysql  let go at epoch 4, and the arbiter knows'],
  ])('%j', (event, text) => {
    expect(said(event)).toBe(text);
  });

  it('the arbiter is no group’s; what another version says is shown as it came', () => {
    expect(readable(JSON.stringify({ ...head, event: 'arbiter', answers: false }))).toBe(
      `${AT}     the arbiter does not answer`,
    );
    for (const line of ['{"version":2,"event":"moon"}', 'no JSON']) expect(readable(line)).toBe(line);
  });
});
