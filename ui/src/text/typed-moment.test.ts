import { expect, test } from 'vitest';
import { typedMoment } from './typed-moment';

const NOW = new Date(2026, 10, 21, 14, 40, 0).getTime();
const at = (day: number, hours: number, minutes: number, seconds = 0) => new Date(2026, 10, day, hours, minutes, seconds).getTime();

test.each([
  ['14:32', at(21, 14, 32), '14:32:00'],
  ['14:32:05', at(21, 14, 32, 5), '14:32:05'],
  ['9:05 today', at(21, 9, 5), '09:05:00'],
  ['14:32 yesterday', at(20, 14, 32), '14:32:00 yesterday'],
  ['Yesterday 23:59', at(20, 23, 59), '23:59:00 yesterday'],
  // Still to come today: the last time it was so.
  ['18:00', at(20, 18, 0), '18:00:00 yesterday'],
  ['18:00 today', at(21, 18, 0), '18:00:00'],
])('%j', (text, atMs, said) => {
  expect(typedMoment(text, NOW)).toMatchObject({ atMs, text: said });
});

test.each(['', '14', '25:00', '14:60', '14:32:61', '14:32 tomorrow', 'today 14:32 yesterday', 'kworker/0:1'])('%j is no time', (text) => {
  expect(typedMoment(text, NOW)).toBeNull();
});
