/** Fixture of the browser tests: an agent of its own, its page, and a check for errors in the page. */
import { expect, test as base, type Locator, type Page } from '@playwright/test';
import { type Agent, startAgent } from '../agent.mjs';

interface Fixtures {
  agent: Agent;
  /** Errors of the page, which fail the test: of scripts and console, reports of the security policy. */
  complaints: string[];
}

/** Answers to a browser that is not paired: the page shows them, and browsers log them on the console all the same. */
const NOT_PAIRED = /\/api\/v1\/(pair|session)$/;
/** A connection that is lost is no error of the page; browsers log it on the console all the same. */
const BROKEN_LINK = /WebSocket connection to .* failed|net::ERR_CONNECTION_REFUSED/;

/** The fixture of an agent for one test. The page ends first: what it makes of an agent that is gone is the subject of
 *  other tests. */
export const ownAgent = (options?: Parameters<typeof startAgent>[0]) => async ({ page }: { page: Page }, use: (agent: Agent) => Promise<void>) => {
  const agent = await startAgent(options);
  await use(agent);
  await page.close();
  await agent.stop();
};

export const test = base.extend<Fixtures>({
  agent: ownAgent(),
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
      page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
      page.on('console', (message) => {
        if (message.type() === 'error' && !BROKEN_LINK.test(message.text()) && !NOT_PAIRED.test(message.location().url)) complaints.push(`console: ${message.text()}`);
      });
      await page.exposeFunction('reportViolation', (text: string) => complaints.push(`policy: ${text}`));
      await page.addInitScript(() => {
        addEventListener('securitypolicyviolation', (event) => {
          const { reportViolation } = window as unknown as { reportViolation(text: string): void };
          reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
        });
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

/** Opens a view and waits until it is live. */
export async function open(page: Page, agent: Agent, route = '/overview'): Promise<void> {
  await page.goto(`${agent.url}/#${route}`);
  await expect(pill(page)).toHaveText(/Live/);
}

/** The pill with the state of the connection. */
export const pill = (page: Page): Locator => page.locator('header .pill:not(.acc)');

/** The lane of this name: its readout, axis and plot. */
export const lane = (page: Page, name: string): Locator => page.getByRole('article', { name, exact: true });

/** The number that the lane shows large. */
export const readout = (page: Page, name: string): Locator => lane(page, name).locator('.readout').first();

export { expect };
