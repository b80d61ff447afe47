import { expect, test } from 'vitest';
import { layOut, neighbour } from './wall';

const GROUPS = [
  { fold: 'a', title: 'A', keys: ['1', '2', '3'] },
  { fold: 'b', title: 'B', keys: ['4'] },
];
const places = (width: number, folded: string[] = []) => layOut(GROUPS, width, new Set(folded)).laid.map(({ id, top, left }) => `${id} ${left},${top}`);

test('as many cards side by side as fit', () => {
  expect(places(500)).toEqual(['head a 0,0', 'card 1 0,32', 'card 2 256,32', 'card 3 0,200', 'head b 0,356', 'card 4 0,388']);
  expect(layOut(GROUPS, 500, new Set()).height).toBe(544);
  expect(layOut(GROUPS, 483, new Set()).columns).toBe(1);
  expect(layOut(GROUPS, 484, new Set()).columns).toBe(2);
});
test('a folded group is its heading', () => expect(places(500, ['a'])).toEqual(['head a 0,0', 'head b 0,32', 'card 4 0,64']));
test('no heading, no room for it', () => expect(layOut([{ fold: null, title: '', keys: ['1'] }], 500, new Set()).laid.map(({ id }) => id)).toEqual(['card 1']));
test('up and down go to the nearest card', () => {
  const wall = layOut(GROUPS, 500, new Set());
  const from = (id: string, direction: -1 | 1) => neighbour(wall, `card ${id}`, direction)?.key ?? null;
  expect([from('2', 1), from('3', 1), from('4', 1), from('4', -1), from('1', -1)]).toEqual(['3', '4', null, '3', null]);
});
