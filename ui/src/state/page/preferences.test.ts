// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { checked, PreferencesState } from './preferences.svelte';

test.each([
  [undefined, 'sampled'],
  [5, 5],
  [60, 60],
  ['paused', 'paused'],
  [7, 'sampled'],
  ['5', 'sampled'],
])('figures every %s are %s', (stored, expected) => {
  expect(checked({ updateEvery: stored }).updateEvery).toBe(expected);
});

test('polling only is chosen, never guessed', () => {
  expect([checked({}), checked({ pollOnly: 'yes' }), checked({ pollOnly: true })].map(({ pollOnly }) => pollOnly)).toEqual([false, false, true]);
});

test('each change is reported once, to the listeners that are left', () => {
  const preferences = new PreferencesState();
  let told = 0;
  const undo = preferences.onChange(() => (told += 1));
  preferences.set({ updateEvery: 10 });
  undo();
  preferences.set({ updateEvery: 'sampled' });
  expect([told, preferences.value.updateEvery]).toEqual([1, 'sampled']);
});
