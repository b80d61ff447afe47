// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Goodbye, ServerMessage } from '../wire/wire';
import { FakeSocket } from '../testing/fake-socket';
import type { ConnectionState } from './link';
import { SocketLink, SUBPROTOCOL } from './socket';

const connected = (protocol = 1) =>
  ({ type: 'connected', protocol, clientId: 'c', serverTimeMs: 0, scope: 'processes', machine: { id: 'm', name: 'atlas' }, channels: ['overview', 'alerts'].map((name) => ({ name, intervalMs: 1000 })) }) as unknown as ServerMessage;
const frame = { type: 'frame', channel: 'overview', seq: 1, sampledAtMs: 1, key: false, data: { gen: 1, values: [] } } as ServerMessage;

let link: SocketLink;
let states: ConnectionState[];
const newest = () => FakeSocket.all.at(-1) as FakeSocket;
const state = () => states.at(-1) as ConnectionState;

function open(random = 1): FakeSocket {
  states = [];
  link = new SocketLink({ addresses: ['ws://here/api/v1/stream'], url: (address) => address, machineId: null, probe: null, poll: () => Promise.reject(new Error('no answer')) }, { random: () => random, open: (url, protocol) => new FakeSocket(url, protocol) as unknown as WebSocket });
  link.onState((next) => states.push(next));
  return newest();
}

beforeEach(() => {
  FakeSocket.all = [];
  vi.useFakeTimers();
});
afterEach(() => {
  link.close();
  vi.useRealTimers();
});

test('requests the subprotocol and is live once `connected` arrived', () => {
  const socket = open();
  expect(socket.protocol).toBe(SUBPROTOCOL);
  expect(state().kind).toBe('connecting');
  socket.say(connected());
  expect(state().kind).toBe('live');
});

test('messages that are invalid or of a later version are ignored', () => {
  const seen: ServerMessage[] = [];
  const socket = open();
  link.onMessage((message) => seen.push(message));
  socket.say(connected());
  socket.say('not json');
  socket.say('{"type":"hologram"}');
  socket.say('null');
  socket.say(frame);
  expect(seen.map((message) => message.type)).toEqual(['connected', 'frame']);
});

test('another protocol ends it with its number', () => {
  open().say(connected(2));
  expect(state()).toEqual({ kind: 'incompatible', theirs: 2 });
  vi.advanceTimersByTime(59_000);
  expect(FakeSocket.all.length).toBe(1);
});

test('another protocol is tried again each minute, since one of both may be updated', () => {
  open().say(connected(2));
  vi.advanceTimersByTime(60_000);
  expect(FakeSocket.all.length).toBe(2);
  newest().say(connected(2));
  expect(state()).toEqual({ kind: 'incompatible', theirs: 2 });
  vi.advanceTimersByTime(60_000);
  newest().say(connected());
  expect(state().kind).toBe('live');
});

describe('reconnecting', () => {
  test('waits longer each time, up to half a minute', () => {
    open().close();
    const waits: number[] = [];
    for (let tries = 0; tries < 8; tries++) {
      const next = state();
      if (next.kind === 'reconnecting') waits.push(next.retryAtMs - Date.now());
      vi.advanceTimersToNextTimer();
      newest().close();
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test('starts over after a minute of health', () => {
    const socket = open();
    socket.close();
    vi.advanceTimersByTime(500);
    newest().say(connected());
    for (let second = 0; second < 61; second++) {
      vi.advanceTimersByTime(1000);
      newest().say(frame);
    }
    newest().close();
    const after = state();
    expect(after.kind === 'reconnecting' && after.retryAtMs - Date.now()).toBe(500);
  });

  test('happens at once when the network is back', () => {
    open().close();
    expect(FakeSocket.all.length).toBe(1);
    dispatchEvent(new Event('online'));
    expect(FakeSocket.all.length).toBe(2);
    // The wait that was cut short does not cause a second try.
    vi.advanceTimersByTime(2_000);
    expect(FakeSocket.all.length).toBe(2);
  });

  test('a session that is up when the network comes back is asked, and given up when it is dead', () => {
    const socket = open();
    socket.say(connected());
    socket.answerPings();
    dispatchEvent(new Event('online'));
    expect(socket.sentOf('ping').length).toBe(2);
    vi.advanceTimersByTime(5_000);
    expect(state().kind).toBe('reconnecting');
  });

  test('a handshake from before the network came back is not waited for', () => {
    const before = open();
    dispatchEvent(new Event('online'));
    expect([FakeSocket.all.length, before.readyState]).toEqual([2, WebSocket.CLOSED]);
  });

  test('happens at once when the page is shown', () => {
    open().close();
    document.dispatchEvent(new Event('visibilitychange'));
    expect(FakeSocket.all.length).toBe(2);
  });

  test('happens at once when asked for', () => {
    open().close();
    link.retryNow();
    expect(FakeSocket.all.length).toBe(2);
    link.retryNow();
    expect(FakeSocket.all.length).toBe(2);
  });

  test('a handshake that hangs is given up', () => {
    open();
    vi.advanceTimersByTime(8_000);
    expect(state().kind).toBe('reconnecting');
  });

  test('after half a minute without data it is stale, since the last message', () => {
    const socket = open();
    socket.say(connected());
    const heardMs = Date.now();
    socket.close();
    expect(state().kind).toBe('reconnecting');
    for (let second = 0; second < 31; second++) {
      vi.advanceTimersByTime(1000);
      if (newest().readyState !== WebSocket.CLOSED) newest().close();
    }
    expect(state()).toMatchObject({ kind: 'stale', sinceMs: heardMs });
    link.retryNow();
    newest().say(connected());
    expect(state().kind).toBe('live');
  });

  test('the machine that served the page is never given up', () => {
    open().say(connected());
    newest().close();
    for (let minute = 0; minute < 60; minute++) {
      vi.advanceTimersByTime(60_000);
      if (newest().readyState !== WebSocket.CLOSED) newest().close();
    }
    expect(state().kind).toBe('stale');
  });

  test('nothing is tried once it is closed', () => {
    open().close();
    link.close();
    vi.advanceTimersByTime(120_000);
    expect(FakeSocket.all.length).toBe(1);
  });
});

describe('watchdog', () => {
  test('three silent intervals bring a ping, five seconds more a new connection', () => {
    const socket = open();
    socket.say(connected());
    link.send({ type: 'subscribe', channels: ['overview'] });
    socket.answerPings();
    vi.advanceTimersByTime(2_999);
    expect(socket.sentOf('ping').length).toBe(1);
    vi.advanceTimersByTime(1);
    expect(socket.sentOf('ping').length).toBe(2);
    expect(state().kind).toBe('live');
    vi.advanceTimersByTime(5_000);
    expect(state().kind).toBe('reconnecting');
    expect(socket.readyState).toBe(WebSocket.CLOSED);
  });

  test('any message counts as an answer', () => {
    const socket = open();
    socket.say(connected());
    link.send({ type: 'subscribe', channels: ['overview'] });
    for (let round = 0; round < 5; round++) {
      vi.advanceTimersByTime(7_000);
      socket.say({ type: 'pong', id: 0, serverTimeMs: 0 });
    }
    expect(state().kind).toBe('live');
  });

  test('a slow channel may be slow, and a page without subscriptions is not pinged all the time', () => {
    const socket = open();
    socket.say(connected());
    link.send({ type: 'subscribe', channels: ['overview'], intervalMs: 5_000 });
    socket.answerPings();
    vi.advanceTimersByTime(14_900);
    expect(socket.sentOf('ping').length).toBe(1);
    link.send({ type: 'unsubscribe', channels: ['overview'] });
    vi.advanceTimersByTime(14_900);
    expect(socket.sentOf('ping').length).toBe(1);
  });

  test('a page that waits for alerts only is not pinged as often as one could come', () => {
    const socket = open();
    socket.say(connected());
    link.send({ type: 'subscribe', channels: ['alerts'] });
    socket.answerPings();
    vi.advanceTimersByTime(19_900);
    expect(socket.sentOf('ping').length).toBe(1);
    link.send({ type: 'subscribe', channels: ['overview'] });
    vi.advanceTimersByTime(3_000);
    expect(socket.sentOf('ping').length).toBe(2);
  });
});

describe('goodbye', () => {
  test.each(['shutdown', 'suspend', 'update'] as const)('%s is no warning and is waited out', (reason) => {
    const socket = open();
    socket.say(connected());
    socket.say({ type: 'goodbye', reason });
    socket.close();
    expect(state()).toEqual({ kind: 'ended', reason, atMs: Date.now() });
    vi.advanceTimersByTime(500);
    expect(FakeSocket.all.length).toBe(2);
    newest().say(connected());
    expect(state().kind).toBe('live');
  });

  const tried: [Goodbye, number][] = [['revoked', 120_000], ['unauthorized', 120_000], ['protocol', 59_000], ['tooLarge', 59_000]];
  test.each(tried)('%s is final until someone acts, for %d ms', (reason, forMs) => {
    const socket = open();
    socket.say(connected());
    socket.say({ type: 'goodbye', reason });
    socket.close();
    vi.advanceTimersByTime(forMs);
    expect(FakeSocket.all.length).toBe(1);
    expect(state()).toEqual({ kind: 'ended', reason, atMs: expect.any(Number) as number });
    link.retryNow();
    expect(FakeSocket.all.length).toBe(2);
  });

  test.each(['protocol', 'tooLarge'] as const)('%s is tried again after a minute', (reason) => {
    const socket = open();
    socket.say(connected());
    socket.say({ type: 'goodbye', reason });
    socket.close();
    vi.advanceTimersByTime(60_000);
    newest().say(connected());
    expect(state().kind).toBe('live');
  });

  test('slow comes back by itself', () => {
    const socket = open();
    socket.say(connected());
    socket.say({ type: 'goodbye', reason: 'slow' });
    socket.close();
    expect(state().kind).toBe('reconnecting');
  });

  test('a revoked browser that connects again is told without a time, which is not known', () => {
    const socket = open();
    socket.say({ type: 'goodbye', reason: 'revoked' });
    socket.close();
    expect(state()).toEqual({ kind: 'ended', reason: 'revoked' });
    vi.advanceTimersByTime(120_000);
    expect(FakeSocket.all.length).toBe(1);
  });
});

describe('to pair', () => {
  const challenge = { type: 'challenge', machineId: 'm', nonce: '00' } as ServerMessage;

  test('a machine that asks for a token is not tried again until the person acts', () => {
    const socket = open();
    socket.say(challenge);
    expect(state()).toEqual({ kind: 'toPair' });
    expect(socket.readyState).toBe(WebSocket.CLOSED);
    expect(socket.sent).toEqual([]);
    dispatchEvent(new Event('online'));
    document.dispatchEvent(new Event('visibilitychange'));
    vi.advanceTimersByTime(600_000);
    expect(FakeSocket.all.length).toBe(1);
    link.retryNow();
    newest().say(challenge);
    expect(FakeSocket.all.length).toBe(2);
    expect(states.filter(({ kind }) => kind === 'toPair').length).toBe(2);
    link.retryNow();
    newest().say(connected());
    expect(state().kind).toBe('live');
  });

  test('a challenge is no data that could be stale', () => {
    open().say(challenge);
    vi.advanceTimersByTime(120_000);
    link.retryNow();
    newest().close();
    expect(state().kind).toBe('reconnecting');
  });

  test('a browser that lost its access while the link was down is to pair, not stale', () => {
    open().say(connected());
    newest().close();
    vi.advanceTimersByTime(500);
    newest().say(challenge);
    vi.advanceTimersByTime(60_000);
    expect(state()).toEqual({ kind: 'toPair' });
  });
});

describe('another scope', () => {
  test('the session is opened again at once', () => {
    open().say(connected());
    vi.advanceTimersByTime(1_000);
    newest().closedBy(1012);
    expect(FakeSocket.all.length).toBe(2);
    expect(state().kind).toBe('connecting');
    newest().say(connected());
    expect(state().kind).toBe('live');
  });

  test('with or without a close reason', () => {
    open().say(connected());
    vi.advanceTimersByTime(1_000);
    newest().say({ type: 'goodbye', reason: 'changed' });
    newest().closedBy(1005);
    expect(FakeSocket.all.length).toBe(2);
    expect(state().kind).toBe('connecting');
  });

  test('a machine that closes every session is not tried without a wait', () => {
    open().say(connected());
    newest().closedBy(1012);
    expect(FakeSocket.all.length).toBe(1);
    expect(state().kind).toBe('reconnecting');
    vi.advanceTimersByTime(500);
    newest().closedBy(1012);
    expect(FakeSocket.all.length).toBe(2);
  });

  test('an earlier close reason takes precedence', () => {
    open().say(connected());
    vi.advanceTimersByTime(1_000);
    newest().say({ type: 'goodbye', reason: 'shutdown' });
    newest().closedBy(1012);
    expect(state()).toMatchObject({ kind: 'ended', reason: 'shutdown' });
  });
});
