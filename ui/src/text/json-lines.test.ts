import { describe, expect, it } from 'vitest';
import { jsonLines } from './json-lines';
import { visible } from './visible';

const shown = (value: unknown) => jsonLines(value).map(({ indent, tokens }) => '  '.repeat(indent) + tokens.map((token) => token.text).join(''));

describe('a JSON value as lines', () => {
  it('stays on one line where it fits', () => {
    expect(shown({ type: 'pong', id: 7, data: [1, null, true] })).toEqual(['{"type": "pong", "id": 7, "data": [1, null, true]}']);
  });

  it('fills lines with the scalars of a long list', () => {
    const lines = shown({ values: Array.from({ length: 100 }, (_, index) => index) });
    expect(lines.length).toBeLessThan(12);
    expect(lines.every((line) => line.length < 130)).toBe(true);
    expect(JSON.parse(lines.join(''))).toEqual({ values: Array.from({ length: 100 }, (_, index) => index) });
  });

  it('reads back as what it was', () => {
    const value = { a: [{ b: 'x'.repeat(150), c: [] }, { d: {} }], e: 'ü"\\\n' };
    expect(JSON.parse(shown(value).join('\n'))).toEqual(value);
  });

  it('survives nesting without end', () => {
    const deep = JSON.parse('['.repeat(500) + ']'.repeat(500)) as unknown;
    expect(shown(deep).join('').replace(/\s/g, '')).toBe('['.repeat(500) + ']'.repeat(500));
  });
});

it('characters that would hide or reorder text are escaped', () => {
  expect(visible('a\u202egnp.exe\u200b\u0007\u{e0041}')).toBe('a\\u202egnp.exe\\u200b\\u0007\\udb40\\udc41');
  expect(visible('<b>Zoë 漢字</b>')).toBe('<b>Zoë 漢字</b>');
});
