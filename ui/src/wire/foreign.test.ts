import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FOREIGN_TEXT_CHARS } from './contract';
import { harmless, parseForeign } from './foreign';
import { parseServerMessage } from './guard';
import { fits } from './shape';

const CASES = JSON.parse(readFileSync('../src-tauri/crates/wire/golden/texts.json', 'utf8')) as { text: string; harmless: string }[];
const EVIL = '\u001b]0;x\u0007\u009b2J\u202egpj\u2066\r\nforged\u2028';

test.each(CASES)('%j is harmless', ({ text, harmless: expected }) => {
  expect(harmless(text)).toBe(expected);
  expect(harmless(expected)).toBe(expected);
});

test('texts have an end, in characters', () => {
  expect(harmless('é'.repeat(2_000_000))).toHaveLength(FOREIGN_TEXT_CHARS);
  expect(Array.from(harmless('🖥'.repeat(9), 5))).toEqual(['🖥', '🖥', '🖥', '🖥', '…']);
  expect(harmless('🖥'.repeat(5), 5)).toBe('🖥'.repeat(5));
  expect(harmless('a\ud800b')).toBe('ab');
});

test('no text of a message is as it came, wherever it stands', () => {
  const message = parseForeign(JSON.stringify({ type: 'frame', data: { rows: [[1, EVIL, null, { deep: [EVIL] }]], name: EVIL } }));
  const text = ']0;x2Jgpj  forged ';
  expect(message).toEqual({ type: 'frame', data: { rows: [[1, text, null, { deep: [text] }]], name: text } });
});

test('a number that the protocol cannot have is unknown, or no message', () => {
  expect(parseForeign('[1e308, -1e308, 1e999, 18446744073709551615, 9007199254740991, -0.5]')).toEqual([null, null, null, null, 9007199254740991, -0.5]);
  const summary = (figure: string, sampledAtMs: string) => parseServerMessage(`{"type":"frame","channel":"summary","seq":1,"sampledAtMs":${sampledAtMs},"key":true,"data":{"cpuRatio":${figure},"memoryRatio":0.5}}`);
  const frame = summary('1e308', '5');
  expect(frame !== null && fits(frame)).toBe(true);
  expect(frame).toMatchObject({ data: { cpuRatio: null, memoryRatio: 0.5 } });
  const nowhere = summary('0.5', '1e308');
  expect(nowhere !== null && fits(nowhere)).toBe(false);
});

test('a process table of thousands is read as fast as before', () => {
  const rows = Array.from({ length: 10_000 }, (_, pid) => [pid, 1_790_000_000_000 + pid, `process ${pid}`, 'root', 0.25, 1e6, 12, '/usr/bin/process --with several --arguments']);
  const text = JSON.stringify({ type: 'frame', channel: 'processes', data: { columns: [], rows } });
  const time = (read: (text: string) => unknown): number => {
    const times = Array.from({ length: 15 }, () => {
      const from = performance.now();
      read(text);
      return performance.now() - from;
    });
    return Math.min(...times);
  };
  const [bare, clean] = [time(JSON.parse), time(parseForeign)];
  expect(clean, `${bare} ms became ${clean} ms`).toBeLessThan(3 * bare + 2);
});
