// @vitest-environment jsdom
import { expect, test, vi } from 'vitest';

/** Nearly all of the page is transformed for it, on a computer that may be busy. */
const LOADED_WITHIN_MS = 60_000;

test('the page removes the code from the address before it reads anything', async () => {
  const seen: string[] = [];
  history.replaceState(null, '', '/#p=AbCdEfGhIjKlMnOpQrSt-_');
  vi.doMock('@fontsource-variable/inter', () => ({}));
  vi.doMock('./App.svelte', () => ({ default: null }));
  // The first of its modules that reads something, and the one that connects.
  vi.doMock('./state/page/preferences.svelte', async (original) => {
    seen.push(location.hash);
    return await original<object>();
  });
  vi.doMock('./link/open', () => ({
    open: () => {
      seen.push(location.hash);
      return new Promise(() => undefined);
    },
  }));
  await import('./main');
  expect(seen).toEqual(['', '']);
  expect(location.hash).toBe('');
}, LOADED_WITHIN_MS);
