/** The page while the connection is lost, and when it is back. */
import type { WebSocketRoute } from '@playwright/test';
import { startAgent } from '../agent.mjs';
import { expect, open, pill, readout, test } from './agent';

for (const [signal, words] of [
  ['SIGTERM', /Shut down/],
  ['SIGKILL', /Reconnecting|Stale/],
] as const) {
  test(`an agent that ends by ${signal} is shown, and the page reconnects`, async ({ page }) => {
    test.skip(process.platform === 'win32' && signal === 'SIGTERM', 'no signals');
    const first = await startAgent();
    const { port } = first;
    let second;
    try {
      await open(page, first);
      await expect(readout(page, 'CPU')).toHaveText(/\d/);
      await first.stop(signal);
      await expect(pill(page)).toHaveText(words);
      second = await startAgent({ port });
      await expect(pill(page)).toHaveText(/Live/, { timeout: 40_000 });
      const slider = page.getByRole('slider', { name: 'Time cursor' });
      const back = Number(await slider.getAttribute('aria-valuemax'));
      await expect.poll(async () => Number(await slider.getAttribute('aria-valuemax'))).toBeGreaterThan(back + 1);
    } finally {
      await first.stop('SIGKILL');
      await second?.stop();
    }
  });
}

test('a view that cannot be loaded any more says so, and is there once the machine is', async ({ page, complaints }) => {
  const first = await startAgent();
  const { port } = first;
  let second;
  try {
    await open(page, first);
    await first.stop();
    await expect(pill(page)).toHaveText(/Shut down/);
    await page.getByRole('link', { name: 'Processes' }).first().click();
    const failed = page.getByRole('alert').filter({ hasText: 'could not be loaded' });
    await expect(failed).toBeVisible();
    second = await startAgent({ port });
    await failed.getByRole('button', { name: 'Load again' }).click();
    await expect(page.getByRole('grid')).toBeVisible();
    await expect(pill(page)).toHaveText(/Live/, { timeout: 40_000 });
    // The browser writes on the console that nobody answered.
    complaints.splice(0, complaints.length, ...complaints.filter((complaint) => !complaint.includes('Failed to load resource')));
  } finally {
    await first.stop('SIGKILL');
    await second?.stop();
  }
});

test('samples of the time without a connection are loaded when it is back', async ({ page, agent }) => {
  let cut = false;
  const open_: { close(): void }[] = [];
  await page.routeWebSocket(/\/api\/v1\/stream$/, (route: WebSocketRoute) => {
    if (cut) {
      void route.close({ code: 1011 });
      return;
    }
    const server = route.connectToServer();
    open_.push({ close: () => void Promise.all([route.close({ code: 1011 }), server.close()]) });
  });
  await open(page, agent);
  await expect(readout(page, 'CPU')).toHaveText(/\d/);

  cut = true;
  for (const link of open_) link.close();
  await expect(pill(page)).toHaveText(/Reconnecting/);
  const cutAt = Date.now();
  await expect.poll(() => Date.now() - cutAt, { timeout: 20_000 }).toBeGreaterThan(5_000);
  cut = false;
  await expect(pill(page)).toHaveText(/Live/, { timeout: 40_000 });

  // A moment that is not past yet is live: the page learns the time with the first sample.
  const newest = page.getByRole('slider', { name: 'Time cursor' });
  await expect.poll(async () => Number(await newest.getAttribute('aria-valuemax'))).toBeGreaterThan((cutAt + 5_000) / 1_000);
  // A moment in the middle of the cut has its numbers.
  await page.evaluate((t) => (location.hash = `#/overview?t=${t}`), cutAt + 3_000);
  await expect(page.locator('header .pill.acc')).toHaveText(/Viewing/);
  await expect(readout(page, 'CPU')).toHaveText(/\d/);
});
