import { expect, test } from 'vitest';
import { codeAfter } from './code-text';

test('a code is taken as it is written over there', () => {
  expect(codeAfter('417 902', 7, false)).toEqual({ text: '417902', caret: 6 });
  expect(codeAfter(' 417-902\n', 9, false)).toEqual({ text: '417902', caret: 6 });
});

test('only digits stand in the boxes', () => {
  expect(codeAfter('4a', 2, true)).toEqual({ text: '4', caret: 1 });
  expect(codeAfter('4179023', 7, false).text).toBe('417902');
});

test('a digit typed into a full row replaces the next one', () => {
  expect(codeAfter('4157902', 3, true)).toEqual({ text: '415902', caret: 3 });
  expect(codeAfter('4179025', 7, true)).toEqual({ text: '417902', caret: 6 });
});

test('a digit is put between others while there is room', () => {
  expect(codeAfter('4517', 2, true)).toEqual({ text: '4517', caret: 2 });
});
