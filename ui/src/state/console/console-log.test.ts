import { describe, expect, it } from 'vitest';
import { FilteredLog, KEPT_BYTES, KEPT_MESSAGES, matches, MessageLog, NO_FILTER } from './console-log';
import { exported, kindOf, type LogEntry, preview, read } from './console-message';

let number = 0;
function entry(text: string, change: Partial<LogEntry> = {}): LogEntry {
  const { type, subject } = read(JSON.parse(text));
  return { number: number++, atMs: 1_700_000_000_123.5, direction: 'in', bytes: text.length, binary: false, text, cut: false, type, subject, tone: '', ...change };
}

describe('the log', () => {
  it('keeps the newest messages', () => {
    const log = new MessageLog();
    for (let at = 0; at < KEPT_MESSAGES + 5; at += 1) log.push(entry(`{"at":${at}}`));
    expect(log.entries.length).toBe(KEPT_MESSAGES);
    expect(log.entries[0]?.text).toBe('{"at":5}');
    expect(log.dropped).toBe(5);
  });

  it('keeps no more bytes than it may, and always the newest message', () => {
    const log = new MessageLog();
    for (let at = 0; at < 20; at += 1) log.push(entry('{}', { bytes: 1024 * 1024 }));
    expect(log.entries.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(KEPT_BYTES);
    log.push(entry('{}', { bytes: 2 * KEPT_BYTES }));
    expect(log.entries.length).toBe(1);
  });

  it('counts from 0 again once it is cleared', () => {
    const log = new MessageLog();
    log.push(entry('{}', { bytes: KEPT_BYTES }));
    log.clear();
    log.push(entry('{}'));
    log.push(entry('{}'));
    expect([log.entries.length, log.dropped]).toEqual([2, 0]);
  });
});

describe('the filter', () => {
  const frame = entry('{"type":"frame","channel":"overview","data":"ABC"}');

  it('goes by text, kind and direction', () => {
    const check = (change: object, expected: boolean) => expect(matches(frame, { ...NO_FILTER, ...change })).toBe(expected);
    check({}, true);
    check({ text: 'abc' }, true);
    check({ text: 'frame overview' }, true);
    check({ text: 'xyz' }, false);
    check({ kind: 'frame overview' }, true);
    check({ kind: 'frame' }, false);
    check({ direction: 'out' }, false);
  });

  it('follows added and dropped entries, and tests all again when it changes', () => {
    const log = new MessageLog();
    const filtered = new FilteredLog();
    filtered.filter = { ...NO_FILTER, text: 'odd' };
    for (let at = 0; at < KEPT_MESSAGES + 100; at += 1) {
      log.push(entry(`{"${at % 2 ? 'odd' : 'even'}":${at}}`));
      if (at % 250 === 0) filtered.follow(log.entries);
    }
    const shown = filtered.follow(log.entries);
    expect(shown.map(({ text }) => text)).toEqual(log.entries.filter(({ text }) => text.includes('odd')).map(({ text }) => text));
    expect(filtered.follow(log.entries)).toEqual(shown);
    filtered.filter = NO_FILTER;
    expect(filtered.follow(log.entries).length).toBe(KEPT_MESSAGES);
    log.clear();
    expect(filtered.follow(log.entries)).toEqual([]);
    log.push(entry('{"after":1}'));
    expect(filtered.follow(log.entries).length).toBe(1);
  });
});

describe('a message', () => {
  it('is read whatever its family', () => {
    const check = (text: string, kind: string) => expect(kindOf(entry(text))).toBe(kind);
    check('{"type":"frame","channel":"top"}', 'frame top');
    check('{"type":"error","code":"forbidden","message":"no"}', 'error forbidden');
    check('{"type":"goodbye","reason":"slow"}', 'goodbye slow');
    check('{"type":"pong","id":7}', 'pong');
    check('{"type":"subscribe","channels":["metrics","alerts"]}', 'subscribe metrics, alerts');
    check('{"timestamp":"…","cpu_percent":3}', 'no type');
    check('[1,2]', 'no type');
  });

  it('leaves out of its preview what the columns say, and breaks no line', () => {
    expect(preview(entry('{"type":"frame","channel":"top",\n "seq":1}'))).toBe('{"seq":1}');
    expect(preview(entry('{"cpu_percent":1}'))).toBe('{"cpu_percent":1}');
  });

  it('is exported as one line of JSON', () => {
    const line = exported(entry('{"type":"pong",\n"id":7}'));
    expect(line).not.toContain('\n');
    expect(JSON.parse(line)).toMatchObject({ at: '2023-11-14T22:13:20.123Z', direction: 'in', message: { type: 'pong', id: 7 } });
  });
});
