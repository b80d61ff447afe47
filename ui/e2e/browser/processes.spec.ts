/** The process table: order, filter, one process in full, and names that are meant to do harm. */
import { spawn } from 'node:child_process';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, open, test } from './agent';

const grid = (page: Page) => page.getByRole('grid', { name: 'Processes' });
const rows = (page: Page) => grid(page).locator('[role=rowgroup] [role=row]');
/** Texts of a column, from top to bottom. */
const column = (page: Page, name: string) => rows(page).locator(`.td.${name}`).allTextContents();

/** Leaves the row of one process. */
async function only(page: Page, pid: number | undefined): Promise<void> {
  await page.getByRole('searchbox', { name: 'Filter processes' }).fill(`pid=${pid}`);
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).locator('.td.pid')).toHaveText(String(pid));
}

test('a click on a head sorts by it, another turns the order round', async ({ page, agent }) => {
  await open(page, agent, '/processes');
  await expect(rows(page).first()).toBeVisible();
  const head = grid(page).getByRole('columnheader').filter({ hasText: 'PID' });
  const ordered = async () => {
    const pids = (await column(page, 'pid')).map((text) => Number(text.replace(/\D/g, '')));
    const rising = pids.every((pid, n) => n === 0 || pid >= (pids[n - 1] ?? 0));
    const falling = pids.every((pid, n) => n === 0 || pid <= (pids[n - 1] ?? 0));
    return pids.length < 3 ? 'few' : rising ? 'ascending' : falling ? 'descending' : 'none';
  };
  await head.getByRole('button').click();
  const first = await head.getAttribute('aria-sort');
  await expect.poll(ordered).toBe(first);
  await head.getByRole('button').click();
  const second = first === 'ascending' ? 'descending' : 'ascending';
  await expect(head).toHaveAttribute('aria-sort', second);
  await expect.poll(ordered).toBe(second);
});

test('the filter shows the matches, their number, and its errors', async ({ page, agent }) => {
  await open(page, agent, '/processes');
  await page.keyboard.press('/');
  const filter = page.getByRole('searchbox', { name: 'Filter processes' });
  await expect(filter).toBeFocused();
  await filter.fill(`pid=${agent.pid}`);
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page).first()).toContainText('sightline-agent');
  await expect(grid(page)).toContainText(/1 of \d+ processes match/);
  await filter.fill('nmae=x');
  await expect(filter).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByText('Did you mean')).toBeVisible();
  await filter.fill('name=no-such-process-at-all');
  await expect(grid(page)).toContainText('No process on');
  await filter.press('Escape');
  await expect(filter).toHaveValue('');
  await expect.poll(() => rows(page).count()).toBeGreaterThan(1);
});

test('a process is shown in full beside the table, until it has ended', async ({ page, agent }) => {
  const sleeper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)', 'a-name-to-find']);
  try {
    await open(page, agent, '/processes');
    await only(page, sleeper.pid);
    await page.getByRole('searchbox', { name: 'Filter processes' }).press('Enter');
    await grid(page).press('Enter');
    const drawer = page.getByRole('complementary', { name: 'Selected process' });
    await expect(drawer).toContainText(`PID ${sleeper.pid}`);
    await expect(drawer).toContainText('a-name-to-find');
    sleeper.kill('SIGKILL');
    await expect(drawer).toContainText('has ended');
    await page.keyboard.press('Escape');
    await expect(drawer).toHaveCount(0);
  } finally {
    sleeper.kill('SIGKILL');
  }
});

test('a click on a row right after typing is not lost', async ({ page, agent }) => {
  await open(page, agent, '/processes');
  await only(page, agent.pid);
  // The field still has the focus; the hints that go with it must not move the row away from under the pointer.
  await rows(page).first().click();
  await expect(page.getByRole('complementary', { name: 'Selected process' })).toContainText(`PID ${agent.pid}`);
});

test('a process whose name is markup is text', async ({ page, agent }) => {
  test.skip(process.platform !== 'linux', 'other systems do not run a copied program of this name');
  const folder = await mkdtemp(join(tmpdir(), 'sightline-hostile-'));
  const name = '<img src=x onerror=alert(1)>';
  await copyFile('/bin/sleep', join(folder, name));
  const hostile = spawn(join(folder, name), ['120'], { argv0: name });
  try {
    await open(page, agent, '/processes');
    await only(page, hostile.pid);
    // The kernel keeps 15 characters of a name, and all of a command line.
    await expect(rows(page).first()).toContainText('<img src=x oner');
    await page.getByRole('searchbox', { name: 'Filter processes' }).press('Enter');
    await grid(page).press('Enter');
    await expect(page.getByRole('complementary', { name: 'Selected process' })).toContainText(name);
    await expect(page.locator('img')).toHaveCount(0);
  } finally {
    hostile.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
});
