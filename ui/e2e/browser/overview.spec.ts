/** The overview: numbers that move, charts that are drawn, and the one time cursor. */
import { expect, lane, open, readout, test } from './agent';

test('numbers arrive and change', async ({ page, agent }) => {
  await open(page, agent);
  await expect(readout(page, 'CPU')).toHaveText(/\d/);
  await expect(readout(page, 'Memory')).toHaveText(/\d/);
  const time = page.locator('.timebar .time');
  const first = await time.textContent();
  const cpu = await lane(page, 'CPU').textContent();
  await expect(time).not.toHaveText(first ?? '');
  await expect(lane(page, 'CPU')).not.toHaveText(cpu ?? '');
});

test('charts are drawn', async ({ page, agent }) => {
  await open(page, agent);
  for (const name of ['CPU', 'Memory']) {
    const canvas = lane(page, name).locator('canvas').first();
    // A second and a third sample make a line.
    await expect.poll(() => canvas.evaluate(inks), { message: `${name} has no line` }).toBeGreaterThan(2);
  }
  const strip = page.getByRole('slider', { name: 'Time cursor' }).locator('canvas');
  await expect.poll(() => strip.evaluate(inks)).toBeGreaterThan(2);
});

test('arrows pin the cursor, the address contains it, L goes back to live', async ({ page, agent }) => {
  await open(page, agent);
  const slider = page.getByRole('slider', { name: 'Time cursor' });
  await expect(slider).toHaveAttribute('aria-valuetext', /now/);
  const began = Number(await slider.getAttribute('aria-valuenow'));
  await expect.poll(async () => Number(await slider.getAttribute('aria-valuenow'))).toBeGreaterThan(began + 2);

  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  const viewing = page.locator('header .pill.acc');
  await expect(viewing).toHaveText(/Viewing/);
  await expect(page).toHaveURL(/[?&]t=\d{13}/);
  const [moment, cpu] = [await viewing.textContent(), await readout(page, 'CPU').textContent()];

  // The machine goes on; the page stays at the pinned second.
  const last = Number(await slider.getAttribute('aria-valuemax'));
  await expect.poll(async () => Number(await slider.getAttribute('aria-valuemax'))).toBeGreaterThan(last + 1);
  await expect(viewing).toHaveText(moment ?? '');
  await expect(readout(page, 'CPU')).toHaveText(cpu ?? '');

  await page.reload();
  await expect(viewing).toHaveText(moment ?? '');
  await expect(readout(page, 'CPU')).toHaveText(cpu ?? '');

  await page.keyboard.press('l');
  await expect(viewing).toHaveCount(0);
  await expect(page).not.toHaveURL(/[?&]t=/);
  await expect(slider).toHaveAttribute('aria-valuetext', /now/);
});

test('a click on a plot pins the cursor there', async ({ page, agent }) => {
  await open(page, agent);
  await expect(readout(page, 'CPU')).toHaveText(/\d/);
  const plot = lane(page, 'CPU').locator('canvas').first();
  const box = await plot.boundingBox();
  if (!box) throw new Error('the plot has no box');
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await expect(page.locator('header .pill.acc')).toHaveText(/Viewing/);
  await page.getByRole('button', { name: 'Back to live' }).click();
  await expect(page.locator('header .pill.acc')).toHaveCount(0);
});

/** How many colours a canvas holds; a blank one has one. Runs in the page. */
function inks(element: Element): number {
  const canvas = element as HTMLCanvasElement;
  const { width, height } = canvas;
  const pixels = canvas.getContext('2d')?.getImageData(0, 0, width, height).data;
  return pixels ? new Set(new Uint32Array(pixels.buffer)).size : 0;
}
