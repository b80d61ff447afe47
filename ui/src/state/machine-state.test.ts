import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ReplayLink } from '../link/replay';
import type { AlertEvent, ClientMessage, Frame, HistoryQuery, ServerMessage } from '../wire/wire';
import { MachineState } from './machine-state.svelte';
import { status } from './status.svelte';

/** The messages the protocol is held to, one a line; shared with the Rust that writes them. */
const golden = readFileSync('../src-tauri/crates/wire/golden/server.jsonl', 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as ServerMessage);
const connected = golden.find((message) => message.type === 'connected') as ServerMessage;
const [keyFrame, nextFrame] = golden.filter((message) => message.type === 'frame' && message.channel === 'overview') as ({ type: 'frame' } & Frame)[] as [{ type: 'frame' } & Frame, { type: 'frame' } & Frame];
const STARTED = keyFrame.sampledAtMs;

let link: ReplayLink;
let machine: MachineState;
let stop: () => void;
let visibility: DocumentVisibilityState;
const asked = (type: ClientMessage['type']) => link.sent.filter((message) => message.type === type);
const overview = (seconds: number, key = false): ServerMessage => {
  const values = [seconds / 1000, 0, 1e9, 0];
  const sampledAtMs = STARTED + seconds * 1000;
  return { ...keyFrame, seq: seconds, sampledAtMs, key, data: key ? { ...(keyFrame.data as object), values } : { gen: 1, values } };
};
const settle = () => vi.advanceTimersByTimeAsync(0);

function show(state: DocumentVisibilityState): void {
  visibility = state;
  document.dispatchEvent(new Event('visibilitychange'));
}

beforeEach(() => {
  vi.useFakeTimers();
  visibility = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  link = new ReplayLink();
  machine = new MachineState();
  const unstart = machine.start(link);
  const unlook = machine.look();
  stop = () => {
    unlook();
    unstart();
  };
});
afterEach(() => {
  stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('golden messages become a machine, its numbers and what it said about itself', () => {
  link.play(...golden.slice(0, 3));
  expect(machine.connection).toEqual({ kind: 'live' });
  expect(machine.info?.name).toBe('atlas');
  expect(machine.scope).toBe('processes');
  expect(machine.sample.atMs).toBe(nextFrame.sampledAtMs);
  expect(machine.sample.value('cpu.busy')).toBe(0.29);
  expect(machine.sample.value('no.such')).toBeNull();
  expect(machine.has('memory.used')).toBe(true);
  expect(machine.ring.length).toBe(2);
  expect(machine.sampleAt(STARTED).value('memory.used')).not.toBeNull();
});

test('what the machine keeps of alerts is asked for, and again when some were missed', async () => {
  const event = (id: number): AlertEvent => ({ id, atMs: STARTED + id, severity: 'critical', title: `event ${id}`, message: '', source: 'broadcast' });
  let kept = [event(1)];
  link.onSend = (message) => {
    if (message.type === 'request' && message.method === 'alerts.list') link.play({ type: 'response', id: message.id, result: { events: kept } });
  };
  link.play(connected);
  await settle();
  link.play({ type: 'alert', event: event(2) });
  expect(machine.alerts.map(({ id }) => id)).toEqual([1, 2]);
  kept = [event(2), event(3), event(4)];
  link.play({ type: 'lagged', channel: 'alerts', missed: 1 });
  await settle();
  expect(machine.alerts.map(({ id }) => id)).toEqual([2, 3, 4]);
});

test('of a flood of alerts the last are kept', () => {
  link.play(connected);
  for (let id = 1; id <= 300; id += 1) link.play({ type: 'alert', event: { id, atMs: STARTED, severity: 'info', title: '', message: '', source: '' } });
  expect(machine.alerts.length).toBe(256);
  expect(machine.alerts.at(-1)?.id).toBe(300);
});

test('an alert is said; what is no business of the page is passed over', () => {
  link.play(...golden.filter((message) => message.type === 'connected'));
  link.play(
    { type: 'alert', event: { id: 1, atMs: STARTED, severity: 'warning', title: '/home is 91 % full', message: '', source: 'broadcast' } },
    { type: 'lagged', channel: 'alerts', missed: 3 },
    { type: 'challenge', machineId: 'm', nonce: 'n' },
    { type: 'error', code: 'forbidden', message: 'no' },
  );
  expect(status.text).toBe('Warning: /home is 91 % full');
  expect(machine.connection).toEqual({ kind: 'live' });
});

describe('subscribing', () => {
  test('happens for what is used, and again after a new connection', () => {
    link.play(connected);
    const undo = machine.use('top', () => undefined);
    link.sent.length = 0;
    link.become({ kind: 'reconnecting', retryAtMs: 0, why: '' });
    link.play(connected);
    expect(asked('subscribe')).toEqual([
      { type: 'subscribe', channels: ['overview', 'top'] },
      { type: 'subscribe', channels: ['alerts'] },
    ]);
    undo();
    expect(link.sent.at(-1)).toEqual({ type: 'unsubscribe', channels: ['top'] });
  });

  test('two users of a channel are one subscription until the last has gone', () => {
    link.play(connected);
    const seen: string[] = [];
    const first = machine.use('top', () => seen.push('first'));
    const second = machine.use('top', () => seen.push('second'));
    link.play({ ...keyFrame, channel: 'top', data: {} });
    first();
    link.play({ ...keyFrame, channel: 'top', data: {} });
    expect(asked('unsubscribe')).toEqual([]);
    second();
    expect(asked('unsubscribe').length).toBe(1);
    expect(seen).toEqual(['first', 'second', 'second']);
  });

  test('a hidden page subscribes to nothing but alerts, and asks anew when shown', () => {
    link.play(connected);
    show('hidden');
    expect(asked('unsubscribe')).toEqual([{ type: 'unsubscribe', channels: ['overview'] }]);
    const before = link.sent.length;
    machine.use('top', () => undefined);
    link.play(connected);
    expect(link.sent.slice(before).filter((message) => message.type === 'subscribe')).toEqual([{ type: 'subscribe', channels: ['alerts'] }]);
    show('visible');
    expect(link.sent.at(-1)).toEqual({ type: 'subscribe', channels: ['overview', 'top'] });
  });
});

describe('back-fill', () => {
  /** Answers every question about the past with a value a second. */
  const remember = () => {
    link.onSend = (message) => {
      if (message.type !== 'request' || message.method !== 'history.query') return;
      const { series, fromMs, toMs } = message.params as HistoryQuery;
      const t: number[] = [];
      for (let at = Math.ceil((fromMs - STARTED) / 1000) * 1000 + STARTED; at <= toMs; at += 1000) t.push(at);
      const column = t.map((at) => (at - STARTED) / 1e6);
      const columns = Object.fromEntries(series.map((id) => [id, { min: column, avg: column, max: column }]));
      link.play({ type: 'response', id: message.id, result: { stepMs: 1000, t, columns } });
    };
  };

  test('fills the whole ring at the first key frame', async () => {
    remember();
    link.play(connected, overview(2000, true));
    await settle();
    expect(machine.ring.length).toBe(900);
    expect(machine.sampleAt(STARTED + 1_500_000).value('cpu.busy')).toBe(1.5);
    expect(machine.ring.gaps(0, machine.nowMs)).toEqual([]);
  });

  test('a loss leaves no hole', async () => {
    link.play(connected, overview(0, true), overview(1));
    remember();
    link.become({ kind: 'reconnecting', retryAtMs: 0, why: '' });
    link.play(connected, overview(60, true));
    await settle();
    expect(machine.ring.gaps(STARTED, machine.nowMs)).toEqual([]);
    expect(machine.sampleAt(STARTED + 30_000).value('cpu.busy')).toBe(0.03);
    expect(machine.sampleAt(STARTED + 1_000).value('cpu.busy')).toBe(0.001);
  });

  test('what could not be fetched is asked for again with the next key frame', async () => {
    link.play(connected, overview(0, true), overview(1));
    link.become({ kind: 'reconnecting', retryAtMs: 0, why: '' });
    link.play(connected, overview(60, true));
    link.become({ kind: 'reconnecting', retryAtMs: 0, why: '' });
    await settle();
    expect(machine.ring.gaps(STARTED, machine.nowMs).length).toBe(1);
    remember();
    link.play(connected, overview(90, true));
    await settle();
    expect(machine.ring.gaps(STARTED, machine.nowMs)).toEqual([]);
  });

  test('a machine that remembers nothing leaves the gap it is', async () => {
    link.play(connected, overview(0, true), overview(60));
    await settle();
    expect(machine.ring.gaps(STARTED, machine.nowMs)).toEqual([{ fromMs: STARTED + 1000, toMs: STARTED + 60_000 }]);
    expect(machine.sampleAt(STARTED + 30_000).value('cpu.busy')).toBeNull();
  });

  test('another machine under the same address starts afresh', () => {
    link.play(connected, overview(0, true), overview(1));
    const other = structuredClone(connected) as Extract<ServerMessage, { type: 'connected' }>;
    other.machine.id = 'another';
    link.play(other);
    expect(machine.ring.length).toBe(0);
  });
});

describe('while nothing arrives', () => {
  test('time goes on and the last values stay', () => {
    link.play(connected, overview(0, true), overview(1));
    link.become({ kind: 'reconnecting', retryAtMs: 0, why: '' });
    vi.advanceTimersByTime(5_000);
    expect(machine.nowMs).toBe(STARTED + 6_000);
    expect(machine.sample.value('cpu.busy')).toBe(0.001);
    show('hidden');
    vi.advanceTimersByTime(5_000);
    expect(machine.nowMs).toBe(STARTED + 6_000);
  });
});

describe('requests', () => {
  test('bring the result, or an error with its code', async () => {
    link.play(connected);
    link.onSend = (message) => {
      if (message.type !== 'request') return;
      link.play(message.method === 'good' ? { type: 'response', id: message.id, result: 7 } : { type: 'response', id: message.id, error: { code: 'notFound', message: 'there is none' } });
    };
    await expect(machine.request('good')).resolves.toBe(7);
    await expect(machine.request('bad')).rejects.toMatchObject({ code: 'notFound', message: 'there is none' });
  });

  test('end with the connection, and are refused without one', async () => {
    await expect(machine.request('x')).rejects.toMatchObject({ code: 'unavailable' });
    link.play(connected);
    const waiting = machine.request('x');
    link.become({ kind: 'reconnecting', retryAtMs: 0, why: '' });
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('are given up after a while', async () => {
    link.play(connected);
    const waiting = machine.request('x');
    const told = expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
    await vi.advanceTimersByTimeAsync(15_000);
    await told;
  });
});
