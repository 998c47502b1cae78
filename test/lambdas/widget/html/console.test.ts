// Proves what the console shows of each state, which buttons it has and what they ask and send, and that it is HTML
// without a script in which every value is escaped.
import { describe, expect, it } from 'vitest';
import { consoleHtml, troubleHtml } from '../../../../lambdas/widget/html/console.ts';
import type { Scene } from '../../../../lambdas/widget/scene.ts';
import { nodeA, nodeB, VIP } from '../../fixtures.ts';
import { ENDPOINT, FAILOVER, group, holder, scene, standby } from '../scene.ts';

const shown = (fields: Partial<Scene> = {}, ...groups: object[]): string =>
  String(consoleHtml(scene(fields, groups.length === 0 ? [group()] : groups.map((one) => group(one)))));
/** What a reader sees, without style sheet and tags. */
const textOf = (html: string): string =>
  html
    .replace(/<style>.*?<\/style>/su, '')
    .replace(/<cwdb-action.*?<\/cwdb-action>/gsu, '')
    .replace(/<[^>]+>/gu, ' ')
    .replace(/\s+/gu, ' ');

interface Button {
  readonly label: string;
  readonly question: string;
  readonly call: unknown;
}
const unescaped = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&');
/** Each `<cwdb-action>` with the element right before it. */
const buttonsOf = (html: string): Button[] =>
  [
    ...html.matchAll(
      /<a [^>]*>([^<]*)<\/a><cwdb-action action="call" display="widget" endpoint="([^"]*)" confirmation="([^"]*)">([^<]*)<\/cwdb-action>/gu,
    ),
  ].map(([, label = '', endpoint, question = '', call = '']) => {
    expect(endpoint).toBe(ENDPOINT);
    return { label, question: unescaped(question), call: JSON.parse(unescaped(call)) as unknown };
  });

describe('a group', () => {
  it('is told with its address, its members, who takes over, and who held it before', () => {
    const text = textOf(shown());
    expect(text).toContain(`mysql ✓ OK ${VIP} epoch 47 · held for 3d04h (silence)`);
    expect(text).toMatch(/i-0a…00001 172\.31\.0\.11 ● MASTER 200 0\.4s 2\.6s ok yes \/ yes/u);
    expect(text).toMatch(/i-0b…00002 172\.31\.0\.12 ○ BACKUP 100 0\.4s – ok no \/ no/u);
    expect(text).toContain('If i-0a…00001 dies: i-0b…00002 takes over after 3.0s of silence.');
    expect(text).toContain('#47 i-0b…00002 → i-0a…00001 · silence · 4.31 s');
  });

  it.each<[string, object, string]>([
    [
      'nobody holds it',
      { health: 'down', phase: 'vacant', holder: null, standby: null, next: null },
      '✕ NO HOLDER',
    ],
    ['it moves', { health: 'down', phase: 'moving' }, '◐ MOVING'],
    [
      'its holder is silent',
      { health: 'down', members: [holder({ state: 'SILENT', beatAgeMs: 9000 })] },
      '✕ NOT SERVED',
    ],
    ['it has no standby', { health: 'degraded', standby: null, next: null }, '▲ NO STANDBY'],
    ['it is paused', { health: 'degraded', paused: true, next: null }, '❚❚ PAUSED'],
  ])('says by mark and word that %s', (_, fields, words) => {
    expect(textOf(shown({}, fields))).toContain(`mysql ${words}`);
  });

  it.each<[string, object, string]>([
    ['drained', { drained: true }, 'BACKUP drained'],
    ['banned', { bannedMs: 61_000 }, 'BACKUP banned 1m01s'],
    ['deaf', { deaf: true }, 'BACKUP hears nothing'],
    ['in FAULT', { state: 'FAULT', health: 'fault' }, '✕ FAULT'],
    ['silent', { state: 'SILENT', beatAgeMs: 95_000 }, '◌ SILENT 100 1m35s – ok ? / ?'],
    [
      'never seen',
      { state: 'UNSEEN', health: null, beatAgeMs: null, bound: null, inFabric: null },
      '◦ UNSEEN 100 – – – ? / ?',
    ],
    ['degraded', { degradedBy: ['disk'] }, 'ok, less disk'],
  ])('shows a member that is %s', (_, fields, words) => {
    expect(textOf(shown({}, { members: [holder(), standby(fields)] }))).toContain(words);
  });

  it('shows what a newer arbiter tells: checks, why one fails, the least of the lease, the fabric, observe', () => {
    const detail = {
      ageMs: 0,
      vips: [],
      configHash: 'abc',
      fault: 'mysqld: connection refused',
      checks: [
        { name: 'mysqld', up: false },
        { name: 'disk', up: true },
      ],
    };
    const told = {
      ...group(),
      mode: 'observe' as const,
      fabric: { ageMs: 12_000, confirmed: true, vips: [] },
      members: group().members.map((member) => ({
        ...member,
        detail,
        leaseMinMs: member.state === 'MASTER' ? 1900 : null,
      })),
    };
    const status = { ...scene().status, groups: [told], sweep: { ageMs: 12_000 } };
    const text = textOf(String(consoleHtml({ ...scene(), status })));
    for (const words of [
      '✕ mysqld ✓ disk mysqld: connection refused',
      '2.6s min 1.9s',
      '◎ OBSERVED',
      '✓ fabric',
      'Last sweep 12s ago.',
    ]) {
      expect(text).toContain(words);
    }
  });

  it('that cannot be read stands in its place with the reason, beside the others', () => {
    const broken = {
      name: 'redis',
      error: { code: 'CorruptItem', message: 'does not <parse>', requestId: 'r' },
    } as const;
    const html = String(consoleHtml(scene({}, [group(), broken])));
    expect(textOf(html)).toContain('redis ✕ CorruptItem does not &lt;parse&gt;');
    expect(textOf(html)).toContain('mysql ✓ OK');
  });
});

describe('buttons', () => {
  it('ask first, name the epoch that was shown, and order what they say', () => {
    const [first, second, third, fourth] = buttonsOf(shown());
    expect([first, second, third, fourth].map((one) => [one?.label, one?.call])).toEqual([
      ['Drain', { order: { do: 'drain', group: 'mysql', node: nodeA, ifEpoch: 47 } }],
      ['Drain', { order: { do: 'drain', group: 'mysql', node: nodeB, ifEpoch: 47 } }],
      ['Fail over to i-0b…00002', { order: { do: 'failover', group: 'mysql', to: nodeB, ifEpoch: 47 } }],
      ['Pause', { order: { do: 'pause', group: 'mysql', ifEpoch: 47 } }],
    ]);
    expect(third?.question).toBe(
      `Fail mysql over from ${nodeA} to ${nodeB}? Clients are cut off for as long as the move takes.`,
    );
    expect(fourth?.question).toContain('a holder that dies is not replaced');
  });

  it('offer the way back, and no failover to nobody', () => {
    const fields = {
      paused: true,
      standby: null,
      next: null,
      members: [holder(), standby({ drained: true })],
    };
    expect(buttonsOf(shown({}, fields)).map(({ label }) => label)).toEqual(['Drain', 'Undrain', 'Resume']);
  });

  it('are none where the deployment has switched them off', () => {
    const html = shown({ view: { theme: 'light', isNarrow: false, endpoint: null } });
    expect(html).not.toContain('cwdb-action');
    expect(html).not.toContain('<input');
    expect(textOf(html)).toContain('MASTER');
  });
});

describe('what else is shown', () => {
  it('alarms that ring by name, the others by number', () => {
    const alarms = [
      { name: 'mysql-NoStandby', state: 'ALARM', reason: 'Threshold <crossed>' },
      { name: 'mysql-Drift', state: 'OK', reason: '' },
      { name: 'mysql-Flapping', state: 'OK', reason: '' },
      { name: 'ArbiterBlind', state: 'INSUFFICIENT_DATA', reason: '' },
    ] as const;
    const html = shown({ watched: { alarms, traces: {}, problem: null } });
    expect(textOf(html)).toContain('▲ mysql-NoStandby ? 1 without data ✓ 2 alarms quiet');
    expect(html).toContain('title="Threshold &lt;crossed&gt;"');
  });

  it('the table all the same when CloudWatch says nothing', () => {
    const problem = 'alarms and metrics cannot be read (AccessDenied)';
    const text = textOf(shown({ watched: { alarms: [], traces: {}, problem } }));
    expect(text).toContain(problem);
    expect(text).toContain('● MASTER');
  });

  it('metrics as curves with their last value', () => {
    const traces = {
      mysql: [
        { label: 'lease margin', unit: ' %', values: [90, 60, 86.5] },
        { label: 'outage', unit: ' ms', values: [] },
      ],
    };
    const html = shown({ watched: { alarms: [], traces, problem: null } });
    expect(html).toContain('points="0.0,2.0 60.0,22.0 120.0,4.3"');
    expect(textOf(html)).toContain('lease margin 86.5 %');
    expect(textOf(html)).not.toContain('outage');
  });

  it('the brake, what became of an order, and that there is no group', () => {
    const status = { ...scene().status, brake: { engaged: true, leftMs: 80_000 } };
    expect(textOf(shown({ status }))).toContain(
      '▲ BRAKE Too many groups fell silent at once. Nobody is replaced for silence for 1m20s.',
    );
    expect(textOf(shown({ notice: { kind: 'refused', text: 'epoch <48>' } }))).toContain(
      '✕ epoch &lt;48&gt;',
    );
    expect(textOf(String(consoleHtml(scene({}, []))))).toContain('no group is deployed');
  });
});

describe('the markup', () => {
  it('has no script, no handler and no frame, in either theme and width', () => {
    for (const theme of ['dark', 'light'] as const) {
      for (const isNarrow of [true, false]) {
        const html = shown({ view: { theme, isNarrow, endpoint: ENDPOINT } });
        expect(html).toContain(`kl-theme-${theme} ${isNarrow ? 'kl-narrow' : 'kl-wide'}`);
        expect(html).not.toMatch(/<script|<iframe|<form|\son\w+=|javascript:/iu);
      }
    }
  });

  it('escapes every text that somebody else has written', () => {
    const evil = '"><script>alert(1)</script>';
    const histories = { mysql: FAILOVER.map((one) => ({ ...one, reason: evil })) };
    const members = [holder({ degradedBy: [evil] }), standby()];
    const html = shown({ histories, notice: { kind: 'done', text: evil } }, { reason: evil, members });
    expect(html).not.toContain('<script');
    expect(String(troubleHtml(evil, evil, 'dark'))).not.toContain('<script');
    expect(html.split('&lt;script&gt;').length).toBeGreaterThan(4);
  });

  it('begins every rule of its style sheet with its own class', () => {
    const [, style = ''] = /<style>(.*?)<\/style>/su.exec(shown()) ?? [];
    const selectors = style.split('}').flatMap((rule) => (rule.split('{')[0] ?? '').split(','));
    for (const selector of selectors.filter((one) => one.trim() !== ''))
      expect(selector.trim()).toMatch(/^\.kl/u);
  });

  it('closes every element that it opens', () => {
    const html = shown().replace(/<style>.*?<\/style>/su, '');
    const open: string[] = [];
    const wrong: string[] = [];
    for (const [, end, tag = '', self] of html.matchAll(/<(\/?)([a-z][a-z0-9-]*)(?:\s[^>]*?)?(\/?)>/gu)) {
      if (self === '/' || tag === 'input') continue;
      if (end !== '/') open.push(tag);
      else if (open.pop() !== tag) wrong.push(tag);
    }
    expect(wrong).toEqual([]);
    expect(open).toEqual([]);
  });

  it('stays small: a page of 32 groups is far below what Lambda may answer', () => {
    const many = Array.from({ length: 32 }, (_, index) => ({ name: `g${index}` }));
    expect(shown({}, ...many).length).toBeLessThan(1024 * 1024);
  });
});
