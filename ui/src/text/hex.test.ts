import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from './hex';

describe('hexadecimal digits', () => {
  const check = (text: string, expected: number[] | null) => expect(fromHex(text) === null ? null : [...(fromHex(text) ?? [])]).toEqual(expected);

  it('are read in the ways people write them', () => {
    check('de ad be ef', [0xde, 0xad, 0xbe, 0xef]);
    check('0xDE, 0xad', [0xde, 0xad]);
    check('', []);
  });

  it('are refused where they are none', () => {
    check('abc', null);
    check('zz', null);
  });

  it('round-trip', () => {
    expect([...(fromHex(toHex(Uint8Array.of(0, 15, 255))) ?? [])]).toEqual([0, 15, 255]);
  });
});
