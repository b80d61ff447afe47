/** The page as a whole: it opens without a complaint, whatever the address says. */
import { expect, open, test } from './agent';

test('the page opens on this machine, without an error and without a report of the policy', async ({ page, agent, complaints }) => {
  await open(page, agent);
  await expect(page).toHaveTitle(/Sightline/);
  expect(complaints).toEqual([]);
});

test('an unknown route shows the overview', async ({ page, agent, complaints }) => {
  await open(page, agent, 'no/such?t=nothing');
  expect(complaints).toEqual([]);
});
