/** The page as a whole: it opens without errors for any address, in both themes and on a phone. */
import { expect, open, test } from './agent';

test('the page names the machine and its views', async ({ page, agent }) => {
  await open(page, agent);
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('–');
  await expect(page).toHaveTitle(/ · Sightline$/);
  const views = page.locator('header').getByRole('navigation', { name: 'Views' });
  await expect(views.getByRole('link', { name: 'Overview' })).toHaveAttribute('aria-current', 'page');
  await views.getByRole('link', { name: 'Processes' }).click();
  await expect(page.getByRole('grid', { name: 'Processes' })).toBeVisible();
  await page.keyboard.press('Alt+1');
  await expect(page.getByRole('article', { name: 'CPU', exact: true })).toBeVisible();
});

test('an unknown route shows the overview', async ({ page, agent }) => {
  await open(page, agent, '/no/such?t=nothing');
  await expect(page.getByRole('article', { name: 'CPU', exact: true })).toBeVisible();
});

test('the theme is chosen in the settings, at once and for the next time', async ({ page, agent }) => {
  await open(page, agent);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.keyboard.press(',');
  const choice = page.getByRole('group', { name: 'Theme' });
  await choice.getByRole('button', { name: 'Dark' }).click();
  const dark = await ground();
  await choice.getByRole('button', { name: 'Light' }).click();
  await expect.poll(ground).not.toBe(dark);
  const light = await ground();
  await choice.getByRole('button', { name: 'Dark' }).click();
  await expect.poll(ground).toBe(dark);
  await page.reload();
  await expect.poll(ground).toBe(dark);
  expect(light).not.toBe(dark);
});

test('a phone shows everything in one column', async ({ page, agent }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, agent);
  for (const tab of ['Processes', 'Settings', 'Overview']) {
    await page.locator('nav').getByRole('link', { name: tab }).filter({ visible: true }).click();
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  }
  await expect(page.getByRole('article', { name: 'CPU', exact: true })).toBeVisible();
});
