import { describe, expect, it } from 'vitest';
import { RateMeter, SECONDS, SequenceMeter } from './console-meter';

describe('the rate', () => {
  const T = 1_700_000_000_000;

  it('of one message a second is one, at any moment of the second', () => {
    const meter = new RateMeter();
    for (let at = 0; at < 10; at += 1) meter.add(T + at * 1_000 + 50, 200);
    for (const moment of [10_000, 10_400, 10_999]) {
      const { messagesPerS, bytesPerS } = meter.read(T + moment);
      expect([messagesPerS, bytesPerS]).toEqual([1, 200]);
    }
  });

  it('runs out when nothing comes, and keeps no more than its seconds', () => {
    const meter = new RateMeter();
    for (let at = 0; at < 30; at += 1) meter.add(T, 10);
    expect(meter.read(T + 1_000).messages.at(-1)).toBe(30);
    expect(meter.read(T + SECONDS * 1_000).messages[0]).toBe(30);
    expect(meter.read(T + (SECONDS + 1) * 1_000).messages.every((value) => value === 0)).toBe(true);
    expect(meter.read(T + 3_600_000).messagesPerS).toBe(0);
  });

  it('has a gap before the first message', () => {
    const meter = new RateMeter();
    meter.add(T, 10);
    const { messages } = meter.read(T + 2_000);
    expect(messages.slice(-3)).toEqual([null, 1, 0]);
    expect(messages.length).toBe(SECONDS);
  });

  it('holds when the clock is set back', () => {
    const meter = new RateMeter();
    meter.add(T, 10);
    meter.add(T - 5_000, 10);
    expect(meter.read(T + 1_000).messages.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBeGreaterThan(0);
  });
});

describe('skipped numbers', () => {
  const CHANNELS = [{ name: 'overview', intervalMs: 1000 }, { name: 'top', intervalMs: 2000 }, { name: 'sessions', intervalMs: 1000 }];
  const check = (channel: string, seqs: number[], skipped: number, intervalMs = 0) => {
    const meter = new SequenceMeter();
    meter.announced(CHANNELS);
    meter.subscribed([channel], intervalMs);
    for (const seq of seqs) meter.frame(channel, seq);
    expect(meter.skipped).toBe(skipped);
  };

  it('are those between two frames of a channel', () => {
    check('overview', [10, 11, 12, 13], 0);
    check('overview', [10, 11, 15, 16], 3);
    check('top', [10, 12, 14, 16], 0);
    check('top', [10, 12, 18], 2);
  });

  it('are not counted for a requested interval, for the first frame, or for channels sent on change', () => {
    check('overview', [10, 15, 20, 25], 0, 5_000);
    check('top', [10, 13, 15], 0);
    check('sessions', [10, 11, 40], 0);
    check('never announced', [1, 2, 9], 0);
  });

  it('start over with each subscription', () => {
    const meter = new SequenceMeter();
    meter.announced(CHANNELS);
    for (const seq of [1, 2, 3]) meter.frame('overview', seq);
    meter.subscribed(['overview'], 0);
    for (const seq of [50, 51, 52]) meter.frame('overview', seq);
    expect(meter.skipped).toBe(0);
  });
});
