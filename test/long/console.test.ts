// Proves, in a real browser against the shipped function in a lab, that the console shows who holds what, that a failover
// by its button moves the VIP once it has been confirmed and not before, and that it fits a telephone, dark and light.

import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import * as z from 'zod/mini';
import { Session } from '../../lab/session.ts';
import { needsBrowser } from '../e2e/lab/needs.ts';

const ANSWER_MS_MAX = 20_000;
const POLL = { timeout: ANSWER_MS_MAX };
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 740 };

let session: Session;
let browser: Browser | undefined;
/** What the browser complained of: a policy that was broken, a script that failed. */
let complaints: string[];

beforeAll(async () => {
  session = await Session.open();
  await session.quiet();
});
afterAll(async () => {
  await browser?.close();
  await session.close();
});
beforeEach(() => {
  complaints = [];
});

const open = async (
  context: TestContext,
  viewport: { width: number; height: number },
  colorScheme: 'dark' | 'light' = 'light',
): Promise<Page> => {
  const executablePath = needsBrowser(context);
  // Chromium's own sandbox does not run as root, as which this may run; the page is ours.
  browser ??= await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport, colorScheme });
  page.setDefaultTimeout(ANSWER_MS_MAX);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(session.info.endpoints.console);
  await page.waitForSelector('[data-group=demo]');
  return page;
};

/** Run in the page: by how much it is too wide, how light its ink and its cards are, and how much of it is cut off. */
const LOOKS = `(() => {
  const light = (selector, property) => Math.max(
    ...getComputedStyle(document.querySelector(selector))[property].match(/\\d+/gu).slice(0, 3).map(Number),
  );
  const isCut = ({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1;
  return {
    overflow: document.documentElement.scrollWidth - innerWidth,
    ink: light('.kl h3', 'color'),
    card: light('.kl-group', 'backgroundColor'),
    cut: [...document.querySelectorAll('.kl-group td, .kl-group th, .kl-badge, a.btn')].filter(isCut).length,
  };
})()`;
const looksSchema = z.object({ overflow: z.number(), ink: z.number(), card: z.number(), cut: z.number() });

const short = (node: string): string => `${node.slice(0, 4)}…${node.slice(-5)}`;
const rowOf = (page: Page, node: string) => page.locator(`tr:has([title="${node}"])`);

describe('the console', () => {
  it('shows the group, its holder and who would take over, and goes on showing', async (context) => {
    const page = await open(context, WIDE);
    const { members, vips } = await session.group();
    const group = page.locator('[data-group=demo]');
    expect(await group.locator('.kl-vip').textContent()).toBe(vips[0]?.address);
    expect(await group.locator('tbody tr').count()).toBe(members.length);
    // On a machine that is busy a group may change hands by itself: what is shown follows.
    const isShown = async (): Promise<boolean> => {
      const { holder, epoch } = await session.group();
      const head = (await group.locator('header').textContent()) ?? '';
      const row = (await rowOf(page, holder ?? '').textContent()) ?? '';
      return head.includes(`epoch ${epoch} `) && row.includes('MASTER');
    };
    await expect.poll(isShown, POLL).toBe(true);
    const asOf = await page.locator('footer').textContent();
    await expect.poll(() => page.locator('footer').textContent(), POLL).not.toBe(asOf);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('keeps what somebody is typing while it refreshes', async (context) => {
    const page = await open(context, WIDE);
    const field = page.locator('input[name=reason-demo]');
    await field.pressSequentially('half a');
    const asOf = await page.locator('footer').textContent();
    await expect.poll(() => page.locator('footer').textContent(), POLL).not.toBe(asOf);
    await page.keyboard.type(' reason');
    expect(await field.inputValue()).toBe('half a reason');
    await page.close();
  });

  it('moves the VIP when a failover is confirmed, and not when it is not', async (context) => {
    await session.quiet();
    const page = await open(context, WIDE);
    const before = await session.group();
    const button = page.locator('[data-group=demo] a.kl-main');
    await button.click();
    expect(await page.locator('dialog').textContent()).toContain(`Fail demo over from ${before.holder}`);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect((await session.group()).epoch).toBe(before.epoch);

    await page.locator('input[name=reason-demo]').fill('rehearsal <b>');
    const label = await button.textContent();
    await button.click();
    await page.getByRole('button', { name: 'Confirm' }).click();
    expect(await page.locator('[role=status]').textContent()).toContain('failover to');
    await session.until('another host serves', async () => {
      const { phase, holder, holderHost, vips } = await session.group();
      return phase === 'held' && holder !== before.holder && vips.every((vip) => vip.owner === holderHost);
    });
    const after = await session.group();
    expect(after.epoch).toBe(before.epoch + 1);
    expect(label).toBe(`Fail over to ${short(after.holder ?? '')}`);
    await rowOf(page, after.holder ?? '')
      .getByText('MASTER')
      .waitFor();
    await page.locator('.kl-lead', { hasText: `#${after.epoch}` }).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('pauses and resumes by the keyboard alone', async (context) => {
    await session.quiet();
    const page = await open(context, WIDE);
    for (const [label, told, paused] of [
      ['Pause', ': paused', 1],
      ['Resume', ': resumed', 0],
    ] as const) {
      await page.locator('[data-group=demo] .kl-orders a', { hasText: label }).focus();
      await page.keyboard.press('Enter');
      await page.locator('dialog[open]').waitFor();
      await page.getByRole('button', { name: 'Confirm' }).focus();
      await page.keyboard.press('Enter');
      await page.locator('[role=status]', { hasText: told }).waitFor();
      expect(await page.locator('header .kl-badge', { hasText: 'PAUSED' }).count()).toBe(paused);
    }
    expect((await session.group()).paused).toBeUndefined();
    await page.close();
  });

  it.for([
    [NARROW, 'dark'],
    [NARROW, 'light'],
    [WIDE, 'dark'],
    [WIDE, 'light'],
  ] as const)('fits %j in %s without scrolling sideways', async ([viewport, theme], context) => {
    const page = await open(context, viewport, theme);
    await page.waitForSelector(viewport === NARROW ? '.kl-narrow' : '.kl-wide');
    const seen = looksSchema.parse(await page.evaluate(LOOKS));
    expect(seen).toMatchObject({ overflow: 0, cut: 0 });
    expect(seen.ink > seen.card).toBe(theme === 'dark');
    await page.close();
  });
});
