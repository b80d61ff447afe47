import { describe, expect, test } from 'vitest';
import { shownColumns, template } from './columns';

const ids = (...args: Parameters<typeof shownColumns>): string => shownColumns(...args).map(({ id }) => id).join(' ');

describe('columns', () => {
  test.each([
    [1200, 'name pid user cpu memory read write threads started command'],
    [700, 'name pid user cpu memory read write threads started'],
    [600, 'name pid user cpu memory read write'],
    [530, 'name pid cpu memory read write'],
    [500, 'name pid cpu memory'],
    [260, 'name'],
    [0, 'name pid user cpu memory read write threads started command'],
  ])('with %i px of room', (room, expected) => {
    expect(ids([], true, room)).toBe(expected);
  });

  test('hidden columns take no room', () => {
    expect(ids(['pid', 'started'], false, 1200)).toBe('name cpu memory read write threads');
  });

  test('name or command takes the rest', () => {
    expect(template(shownColumns([], true, 814), 814, false)).toMatch(/^178px .* minmax\(0, 1fr\)$/);
    expect(template(shownColumns([], true, 1200), 1200, false)).toMatch(/^238px /);
    expect(template(shownColumns([], true, 1200), 1200, true)).toMatch(/^307px /);
    expect(template(shownColumns([], false, 1200), 1200, true)).toMatch(/^minmax\(178px, 1fr\) /);
  });
});
