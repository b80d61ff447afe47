import { expect, test } from 'vitest';
import { sentence } from './sentence';

test.each([
  ['not connected', 'Not connected.'],
  ['Port 7444 is taken by syncthing. Use 7445?', 'Port 7444 is taken by syncthing. Use 7445?'],
  ['  ', 'It did not work, and the machine does not say why.'],
])('%j as a sentence', (text, said) => expect(sentence(text)).toBe(said));

test('nothing in it is hidden, and its length has a bound', () => {
  expect(sentence('a\u202eb')).toBe('A\\u202eb.');
  expect(sentence('x'.repeat(100_000))).toBe(`X${'x'.repeat(499)}…`);
});
