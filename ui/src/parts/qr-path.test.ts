import { expect, test } from 'vitest';
import { qrPath, qrSide } from './qr-path';

test('each run of dark modules is one rectangle', () => {
  expect(qrPath(['1101', '0000', '0111'])).toBe('M0 0h2v1h-2zM3 0h1v1h-1zM1 2h3v1h-3z');
  expect(qrPath([])).toBe('');
});

test('a module is a whole number of pixels, the quiet zone four modules', () => {
  expect(qrSide(Array.from({ length: 29 }, () => ''))).toBe(148);
  expect(qrSide(Array.from({ length: 45 }, () => ''))).toBe(159);
});
