import { describe, expect, it } from 'vitest';
import { closeWords } from './close-messages';
import { fromHex, toHex } from './hex';

describe('close codes', () => {
  const check = (code: number, opened: boolean, name: string) => expect(closeWords(code, opened).name).toBe(name);

  it('have a name each', () => {
    check(1000, true, 'normal');
    check(1001, true, 'going away');
    check(1009, true, 'too large');
    check(1013, true, 'try again later');
    check(3333, true, 'registered');
    check(4001, true, 'private');
    check(2999, true, 'unknown');
  });

  it('tell a lost connection from one that never was', () => {
    check(1006, true, 'lost');
    check(1006, false, 'not connected');
  });
});

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

  it('go there and back', () => {
    expect([...(fromHex(toHex(Uint8Array.of(0, 15, 255))) ?? [])]).toEqual([0, 15, 255]);
  });
});
