/** A name of an attacker's that leads to this computer: the page that is loaded by it is not ours, and gets nothing. */
import { expect } from '@playwright/test';
import { read } from './attacks';
import { test } from './elsewhere';

// An attacker's page would not have our policy, which stands on our refusals too.
test.use({ bypassCSP: true });

for (const name of ['evil.test', '127.0.0.1.evil.test', 'localhost.evil.test']) {
  test(`after DNS rebinding a page of ${name} gets no data`, async ({ page, agent }) => {
    const origin = `http://${name}:${agent.port}`;
    const answer = await page.goto(`${origin}/`);
    expect([answer?.status(), answer?.headers()['content-type']]).toEqual([421, 'application/json']);
    await expect(page.locator('body')).toContainText('this name is not one of this machine');
    await expect(page.locator('script, #app')).toHaveCount(0);
    // The refusal is a page of that name: of the same origin as what it asks, so that nothing but the machine refuses.
    const target = { origin, routes: ['/', '/health', '/theme.js', '/api/v1/snapshot', '/api/v1/processes', '/api/v1/ws/stats', '/metrics', '/api/openapi.json'], sockets: ['/api/v1/stream', '/ws/metrics', '/ws', '/api/ws/ws'] };
    const asked: number[] = [];
    page.on('response', (response) => asked.push(response.status()));
    const got = await page.evaluate(read, target);
    // It may read that it was refused.
    expect(got.filter((line) => !/^fetch/.test(line))).toEqual([]);
    expect(new Set(asked)).toEqual(new Set([421]));
    expect(asked.length).toBeGreaterThan(40);
  });
}

test('the same machine is open by its own names', async ({ page, agent }) => {
  for (const name of ['127.0.0.1', 'localhost']) {
    await page.goto(`http://${name}:${agent.port}/`);
    await expect(page).toHaveTitle(/ · Sightline$/);
  }
});
