/** What each browser test starts with: an agent of its own, its page, and an ear for what goes wrong in it. */
import { expect, test as base, type Page } from '@playwright/test';
import { type Agent, startAgent } from '../agent.mjs';

interface Fixtures {
  agent: Agent;
  /** What the page complained of: errors of the console, of scripts, of the content security policy. */
  complaints: string[];
}

export const test = base.extend<Fixtures>({
  // Playwright reads the names of the fixtures a fixture needs from this pattern.
  // eslint-disable-next-line no-empty-pattern
  agent: async ({}, use) => {
    const agent = await startAgent();
    await use(agent);
    await agent.stop();
  },
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(`console: ${message.text()}`);
      });
      await page.exposeFunction('reportViolation', (text: string) => complaints.push(`policy: ${text}`));
      await page.addInitScript(() => {
        addEventListener('securitypolicyviolation', (event) => {
          const report = (window as unknown as { reportViolation(text: string): void }).reportViolation;
          report(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
        });
      });
      await use(complaints);
    },
    { auto: true },
  ],
});

/** Opens a view and waits until numbers are there. */
export async function open(page: Page, agent: Agent, view = 'overview'): Promise<void> {
  await page.goto(`${agent.url}/#/${view}`);
  await expect(page.locator('h1')).not.toHaveText('–');
}

export { expect };
