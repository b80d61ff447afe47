// @vitest-environment jsdom
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ReplayLink } from '../../testing/replay-link';
import type { AlertEvent, ClientMessage, Frame, HistoryQuery, KnownMachine, ServerMessage, Summary, SummaryHistory, SummaryQuery } from '../../wire/wire';
import { MachineState } from './machine-state.svelte';
import { status } from '../page/status.svelte';

/** Golden messages of the protocol, one a line; written by the Rust tests. */
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
  const removeViewer = machine.addViewer();
  stop = () => {
    removeViewer();
    unstart();
  };
});
afterEach(() => {
  stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('golden messages become a machine, its numbers and its description', () => {
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

test('the list of alerts is requested, and again when some were missed', async () => {
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

test('an alert is announced; messages of no use to the page are ignored', () => {
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
    link.become({ kind: 'reconnecting', retryAtMs: 0, why: { code: 'noAnswer' } });
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

  test('a hidden page subscribes to nothing but alerts, and subscribes again when it is visible', () => {
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
  /** Answers every history request with a value a second. */
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
    link.become({ kind: 'reconnecting', retryAtMs: 0, why: { code: 'noAnswer' } });
    link.play(connected, overview(60, true));
    await settle();
    expect(machine.ring.gaps(STARTED, machine.nowMs)).toEqual([]);
    expect(machine.sampleAt(STARTED + 30_000).value('cpu.busy')).toBe(0.03);
    expect(machine.sampleAt(STARTED + 1_000).value('cpu.busy')).toBe(0.001);
  });

  test('a range that could not be loaded is requested again with the next key frame', async () => {
    link.play(connected, overview(0, true), overview(1));
    link.become({ kind: 'reconnecting', retryAtMs: 0, why: { code: 'noAnswer' } });
    link.play(connected, overview(60, true));
    link.become({ kind: 'reconnecting', retryAtMs: 0, why: { code: 'noAnswer' } });
    await settle();
    expect(machine.ring.gaps(STARTED, machine.nowMs).length).toBe(1);
    remember();
    link.play(connected, overview(90, true));
    await settle();
    expect(machine.ring.gaps(STARTED, machine.nowMs)).toEqual([]);
  });

  test('a machine without history leaves a gap', async () => {
    link.play(connected, overview(0, true), overview(60));
    await settle();
    expect(machine.ring.gaps(STARTED, machine.nowMs)).toEqual([{ fromMs: STARTED + 1000, toMs: STARTED + 60_000 }]);
    expect(machine.sampleAt(STARTED + 30_000).value('cpu.busy')).toBeNull();
  });

  test('another machine at the same address starts over', () => {
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
    link.become({ kind: 'reconnecting', retryAtMs: 0, why: { code: 'noAnswer' } });
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
      link.play(message.method === 'alerts.list' ? { type: 'response', id: message.id, result: { events: [] } } : message.method === 'find' ? { type: 'response', id: message.id, result: 7 } : { type: 'response', id: message.id, error: { code: 'notFound', message: 'there is none' } });
    };
    await expect(machine.request('alerts.list')).resolves.toEqual({ events: [] });
    await expect(machine.request('process.detail')).rejects.toMatchObject({ code: 'notFound', message: 'there is none' });
    // A result of the wrong shape is rejected.
    await expect(machine.request('find', { query: 'a', limit: 1 })).rejects.toMatchObject({ code: 'badMessage' });
  });

  test('end with the connection, and are refused without one', async () => {
    await expect(machine.request('series.list')).rejects.toMatchObject({ code: 'unavailable' });
    link.play(connected);
    const waiting = machine.request('series.list');
    link.become({ kind: 'reconnecting', retryAtMs: 0, why: { code: 'noAnswer' } });
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('are given up after a while', async () => {
    link.play(connected);
    const waiting = machine.request('series.list');
    const told = expect(waiting).rejects.toMatchObject({ code: 'unavailable' });
    await vi.advanceTimersByTimeAsync(15_000);
    await told;
  });
});

/** Another machine than the one of the other tests. */
const NAS: KnownMachine = { id: 'nas', name: 'nas-01', tags: [], addresses: [], secure: false, scope: 'view', family: '', os: '', addedAtMs: 0, lastSeenMs: null, lastGoodbye: null };
const summary = (seconds: number, change: Partial<Summary> = {}): ServerMessage => ({
  type: 'frame', channel: 'summary', seq: seconds, sampledAtMs: STARTED + seconds * 1000, key: true,
  data: { cpuRatio: seconds / 1000, memoryRatio: null, fullestDisk: null, rxBytesPerS: null, txBytesPerS: null, diskBytesPerS: null, temperatureCelsius: null, worstAlert: null, ...change } satisfies Summary,
});

describe('a machine that is not in view', () => {
  let other: MachineState;
  let otherLink: ReplayLink;
  let end: () => void;
  const subscribed = () => otherLink.sent.flatMap((message) => (message.type === 'subscribe' ? message.channels : []));
  const methods = () => otherLink.sent.flatMap((message) => (message.type === 'request' ? [message.method] : []));
  beforeEach(() => {
    otherLink = new ReplayLink();
    other = new MachineState(NAS);
    end = other.start(otherLink);
  });
  afterEach(() => end());

  test('sends neither overview nor definitions, but alerts', () => {
    other.subscribeSummary();
    otherLink.play(connected);
    expect(subscribed()).toEqual(['summary', 'summary', 'alerts']);
    expect(methods()).toEqual(['alerts.list']);
    otherLink.play({ type: 'alert', event: { id: 1, atMs: STARTED, severity: 'critical', title: 'Disk full', message: '', source: '' } });
    expect(status.text).toBe('nas-01: Critical: Disk full');
    const removeViewer = other.addViewer();
    expect([subscribed().at(-1), methods().at(-1)]).toEqual(['overview', 'series.list']);
    removeViewer();
    expect(otherLink.sent.at(-1)).toEqual({ type: 'unsubscribe', channels: ['overview'] });
  });

  test('gets a key frame and its missing range when it is in view again', async () => {
    const asked: HistoryQuery[] = [];
    otherLink.onSend = (message) => {
      if (message.type === 'request' && message.method === 'history.query') asked.push(message.params as HistoryQuery);
    };
    otherLink.play(connected);
    other.addViewer()();
    const removeViewer = other.addViewer();
    otherLink.play(overview(0, true), overview(1));
    await settle();
    removeViewer();
    asked.length = 0;
    other.addViewer();
    otherLink.play(overview(300, true));
    await settle();
    expect(asked).toMatchObject([{ fromMs: STARTED + 1_500, toMs: STARTED + 300_000 }]);
  });

  test('runs no timer while it does not answer', () => {
    const removeViewer = other.addViewer();
    otherLink.play(connected, overview(0, true));
    otherLink.become({ kind: 'reconnecting', retryAtMs: 0, why: { code: 'noAnswer' } });
    removeViewer();
    vi.advanceTimersByTime(5_000);
    expect(other.nowMs).toBe(STARTED);
    other.addViewer();
    vi.advanceTimersByTime(1_000);
    expect(other.nowMs).toBe(STARTED + 6_000);
  });

  test('sends its summary at the shortest interval of its subscribers, once a frame', () => {
    const slow = other.subscribeSummary();
    const card = other.subscribeSummary(1_000);
    const compare = other.subscribeSummary(1_000);
    otherLink.play(connected, summary(0));
    expect([other.summaryVersion, other.summaryHistory.length]).toEqual([1, 1]);
    const rates = () => otherLink.sent.flatMap((message) => (message.type === 'subscribe' && message.channels.includes('summary') ? [message.intervalMs] : []));
    expect(rates().at(-1)).toBe(1_000);
    card();
    expect(rates().at(-1)).toBe(1_000);
    compare();
    expect(rates().at(-1)).toBe(5_000);
    slow();
    expect(otherLink.sent.at(-1)).toEqual({ type: 'unsubscribe', channels: ['summary'] });
  });

  test('loads its last quarter of an hour once, and what was missed after a loss', async () => {
    const asked: SummaryQuery[] = [];
    otherLink.onSend = (message) => {
      if (message.type !== 'request' || message.method !== 'summary.history') return;
      const query = message.params as SummaryQuery;
      asked.push(query);
      const t = [query.fromMs + 1_000, query.toMs - 1_000];
      const column = [0.5, 0.5];
      otherLink.play({ type: 'response', id: message.id, result: { stepMs: 1_000, t, cpuRatio: column, memoryRatio: column, diskRatio: column, diskBytesPerS: column, netBytesPerS: column, temperatureCelsius: column } satisfies SummaryHistory });
    };
    other.subscribeSummary();
    otherLink.play(connected, summary(0), summary(5));
    await settle();
    expect(asked).toMatchObject([{ fromMs: STARTED - 900_000, toMs: STARTED }]);
    expect([...other.summaryHistory.times].map((atMs) => (atMs - STARTED) / 1000)).toEqual([-1, 0, 5]);
    otherLink.become({ kind: 'reconnecting', retryAtMs: 0, why: { code: 'noAnswer' } });
    otherLink.play(connected, summary(65));
    await settle();
    expect(asked[1]).toMatchObject({ fromMs: STARTED + 5_000, toMs: STARTED + 65_000 });
    expect([...other.summaryHistory.times].slice(-4).map((atMs) => (atMs - STARTED) / 1000)).toEqual([5, 6, 64, 65]);
  });

  test('that is older and does not know the method is not asked again and again', async () => {
    otherLink.onSend = (message) => {
      if (message.type === 'request') otherLink.play({ type: 'response', id: message.id, error: { code: 'unknownMethod', message: 'no' } });
    };
    other.subscribeSummary();
    otherLink.play(connected);
    for (let second = 0; second < 60; second += 5) otherLink.play(summary(second));
    await settle();
    for (let second = 60; second < 120; second += 5) otherLink.play(summary(second));
    await settle();
    expect(methods().filter((method) => method === 'summary.history').length).toBe(1);
    expect(other.summaryHistory.length).toBe(24);
  });

  test('has data before its link is up', () => {
    other.recall({ id: 'nas', live: false, lastSeenMs: 7, goodbye: 'suspend', problem: null, alerts: [{ id: 1, atMs: 5, severity: 'info', title: 'a', message: '', source: '' }] });
    expect([other.lastSeenMs, other.goodbye, other.alerts.length]).toEqual([7, 'suspend', 1]);
    otherLink.play(connected);
    expect([other.lastSeenMs, other.goodbye]).toEqual([Date.now(), null]);
  });

  test('reports what is learned of it', () => {
    const learned: Partial<KnownMachine>[] = [];
    other.onLearned = (change) => learned.push(change);
    otherLink.play(connected);
    expect(learned.at(-1)).toMatchObject({ scope: 'processes', family: 'linux', lastSeenMs: Date.now(), lastGoodbye: null });
    otherLink.play({ type: 'goodbye', reason: 'suspend' });
    expect(learned.at(-1)).toEqual({ lastGoodbye: 'suspend' });
  });
});

describe('a clock that is an hour ahead', () => {
  const HOUR = 3_600_000;

  test('is taken out of all times', async () => {
    const asked: HistoryQuery[] = [];
    link.onSend = (message) => {
      if (message.type !== 'request') return;
      if (message.method === 'alerts.list') link.play({ type: 'response', id: message.id, result: { events: [{ id: 1, atMs: STARTED, severity: 'info', title: '', message: '', source: '' }] } });
      if (message.method === 'history.query') {
        asked.push(message.params as HistoryQuery);
        link.play({ type: 'response', id: message.id, result: { stepMs: 1000, t: [STARTED - 2_000, STARTED - 1_000], columns: { 'cpu.busy': { min: [0, 0], avg: [0.1, 0.2], max: [0, 0] } } } });
      }
    };
    link.measure({ roundTripMs: 12.4, clockOffsetMs: HOUR + 0.3 });
    link.play(connected, overview(0, true));
    await settle();
    expect([machine.clockOffsetMs, machine.roundTripMs]).toEqual([HOUR, 12]);
    expect([machine.nowMs, machine.sample.atMs, machine.ring.lastMs]).toEqual([STARTED - HOUR, STARTED - HOUR, STARTED - HOUR]);
    expect(asked[0]).toMatchObject({ fromMs: STARTED - 900_000, toMs: STARTED });
    expect([...machine.ring.times]).toEqual([STARTED - HOUR - 2_000, STARTED - HOUR - 1_000, STARTED - HOUR]);
    expect(machine.alerts[0]?.atMs).toBe(STARTED - HOUR);
  });

  test('that is measured slightly differently shifts nothing', () => {
    link.measure({ roundTripMs: 12, clockOffsetMs: HOUR });
    link.play(connected, overview(0, true), overview(1));
    link.measure({ roundTripMs: 300, clockOffsetMs: HOUR - 140 });
    link.play(overview(2));
    expect([...machine.ring.times].map((atMs) => atMs - STARTED + HOUR)).toEqual([0, 1_000, 2_000]);
  });

  test('that is corrected meanwhile clears the history', () => {
    link.measure({ roundTripMs: 12, clockOffsetMs: HOUR });
    link.play(connected, overview(0, true));
    link.sent.length = 0;
    link.measure({ roundTripMs: 12, clockOffsetMs: 3 });
    expect([machine.clockOffsetMs, machine.ring.length]).toEqual([0, 0]);
    expect(asked('subscribe')).toEqual([{ type: 'subscribe', channels: ['overview'] }]);
  });

  test('a small offset is not corrected', () => {
    link.measure({ roundTripMs: 12, clockOffsetMs: 1_900 });
    expect(machine.clockOffsetMs).toBe(0);
  });
});

describe('a machine that is polled', () => {
  test('shows its figures, sends it no request, and back-fills once it can', async () => {
    link.play(connected, overview(0, true), overview(1));
    link.become({ kind: 'polling', everyMs: 5_000 });
    link.sent.length = 0;
    const polled = (seconds: number): ServerMessage => {
      const frame = overview(seconds, true) as Extract<ServerMessage, { type: 'frame' }>;
      const data = frame.data as { facts: object };
      return { ...frame, data: { ...data, facts: { ...data.facts, intervalMs: 5_000 } } };
    };
    link.play(polled(60), polled(65), polled(70));
    await settle();
    expect(machine.sample.value('cpu.busy')).toBe(0.07);
    expect(link.sent).toEqual([]);
    expect(machine.ring.gaps(STARTED, machine.nowMs)).toMatchObject([{ toMs: STARTED + 60_000 }]);
    await expect(machine.request('process.detail')).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('WebSocket') as string });
    const queries: HistoryQuery[] = [];
    link.onSend = (message) => {
      if (message.type === 'request' && message.method === 'history.query') queries.push(message.params as HistoryQuery);
    };
    link.play(connected, overview(75, true));
    await settle();
    expect(queries[0]?.fromMs).toBeLessThanOrEqual(STARTED + 1_500);
  });
});

describe('the update interval', () => {
  test('is part of the subscription, and the ring knows it', () => {
    machine.setPace(10, false);
    link.sent.length = 0;
    link.play(connected, overview(0, true), overview(10), overview(20));
    expect(asked('subscribe')[0]).toEqual({ type: 'subscribe', channels: ['overview'], intervalMs: 10_000 });
    expect(link.pace).toEqual({ socket: true, everyMs: 10_000 });
    expect(machine.ring.gaps(STARTED, machine.nowMs)).toEqual([]);
  });

  test('paused, one frame is loaded on demand', () => {
    link.play(connected, overview(0, true));
    machine.setPace('paused', true);
    expect(asked('unsubscribe')).toEqual([{ type: 'unsubscribe', channels: ['overview'] }]);
    expect(link.pace).toEqual({ socket: false, everyMs: null });
    link.sent.length = 0;
    machine.refresh();
    link.play(overview(9, true));
    expect(link.sent.filter(({ type }) => type !== 'request').map(({ type }) => type)).toEqual(['subscribe', 'unsubscribe']);
    expect([machine.nowMs, link.refreshes]).toEqual([STARTED + 9_000, 1]);
  });
});
