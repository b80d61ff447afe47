import { expect, test } from 'vitest';
import { Backfill } from './backfill';

const NOW = 10_000_000;
const MINUTE = 60_000;

/** A back-fill whose loads are noted, and fail with what `failWith` holds. */
function setup() {
  const asked: [number, number][] = [];
  const failWith: string[] = [];
  const load = async (fromMs: number, toMs: number) => {
    asked.push([fromMs, toMs]);
    const failure = failWith.shift();
    if (failure) throw new Error(failure);
  };
  const backfill = new Backfill(load, (error) => (error as Error).message !== 'final');
  return { asked, failWith, backfill };
}

test('at first all is missing: the last 15 minutes are loaded, once', async () => {
  const { asked, backfill } = setup();
  await backfill.run(NOW, 1_000);
  await backfill.run(NOW + 1_000, 1_000);
  expect(asked).toEqual([[NOW - 15 * MINUTE, NOW]]);
  backfill.reset();
  await backfill.run(NOW + MINUTE, 1_000);
  expect(asked[1]).toEqual([NOW - 14 * MINUTE, NOW + MINUTE]);
});

test('a range begins after the last sample, and one too short to contain a sample is not loaded', async () => {
  const { asked, backfill } = setup();
  await backfill.run(NOW, 1_000);
  backfill.markMissing(NOW);
  await backfill.run(NOW + 1_900, 1_000);
  expect(asked.length).toBe(1);
  backfill.markMissing(NOW + 1_900);
  await backfill.run(NOW + MINUTE, 1_000);
  expect(asked[1]).toEqual([NOW + 2_400, NOW + MINUTE]);
});

test('a range that is missing already is not shortened', async () => {
  const { asked, backfill } = setup();
  await backfill.run(NOW, 1_000);
  backfill.markMissing(NOW);
  backfill.markMissing(NOW + MINUTE);
  backfill.markMissing(null);
  await backfill.run(NOW + 2 * MINUTE);
  expect(asked[1]).toEqual([NOW, NOW + 2 * MINUTE]);
});

test('what failed is loaded with the next run, unless asking again brings the same answer', async () => {
  const { asked, failWith, backfill } = setup();
  failWith.push('broke', 'final');
  await backfill.run(NOW);
  await backfill.run(NOW + MINUTE);
  await backfill.run(NOW + 2 * MINUTE);
  expect(asked).toEqual([[NOW - 15 * MINUTE, NOW], [NOW - 14 * MINUTE, NOW + MINUTE]]);
});
