import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseServerMessage } from './guard';
import { fits } from './shape';
import type { ServerMessage } from './wire';

const GOLDEN = readFileSync('../src-tauri/crates/wire/golden/server.jsonl', 'utf8');
const messages = GOLDEN.trim().split('\n').flatMap((line) => parseServerMessage(line) ?? []);

test('what our machines say fits', () => {
  expect(messages.length).toBeGreaterThan(10);
  for (const message of messages) expect(fits(message), JSON.stringify(message)).toBe(true);
});

test('what a newer machine says besides is no fault', () => {
  for (const message of messages) expect(fits(Object.assign({ more: { of: 'it' } }, message))).toBe(true);
});

describe('what is something else does not fit', () => {
  const overview = messages.find((message) => message.type === 'frame' && message.channel === 'overview' && message.key) as { data: Record<string, unknown> } & ServerMessage;
  const spoilt: [string, unknown][] = [
    ['no data', { ...overview, data: null }],
    ['a list for data', { ...overview, data: [] }],
    ['values that are text', { ...overview, data: { ...overview.data, values: 'xxxx' } }],
    ['a value that is text', { ...overview, data: { ...overview.data, values: ['1'] } }],
    ['series that are numbers', { ...overview, data: { ...overview.data, series: [1, 2] } }],
    ['facts without lists', { ...overview, data: { ...overview.data, facts: { intervalMs: 1 } } }],
    ['a time that is text', { ...overview, sampledAtMs: '1' }],
    ['rows that are no lists', { type: 'frame', channel: 'processes', seq: 1, sampledAtMs: 1, key: true, data: { columns: ['pid'], rows: {} } }],
    ['cells that are objects', { type: 'frame', channel: 'processes', seq: 1, sampledAtMs: 1, key: true, data: { columns: ['pid'], rows: [[{}]] } }],
    ['a summary that is a list', { type: 'frame', channel: 'summary', seq: 1, sampledAtMs: 1, key: true, data: [] }],
    ['top that is a number', { type: 'frame', channel: 'top', seq: 1, sampledAtMs: 1, key: true, data: 3 }],
    ['no event', { type: 'alert', event: null }],
    ['an answer to no question', { type: 'response', id: 'x' }],
    ['a machine without a name', { ...messages.find(({ type }) => type === 'connected'), machine: {} }],
  ];
  test.each(spoilt)('%s', (_, message) => {
    expect(fits(message as ServerMessage)).toBe(false);
  });
});
