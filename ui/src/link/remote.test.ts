// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KnownMachine, Probe, ServerMessage, SnapshotBody } from '../wire/wire';
import { FakeSocket } from '../testing/fake-socket';
import type { ConnectionState, Link, MachineHost, Timing } from './link';
import { openRemote } from './remote';

// The program's sockets are tested in `core-socket.test.ts`.
vi.mock('./core-socket', () => ({
  CoreSockets: class {
    open(id: string, address: string) {
      return new FakeSocket(address, id);
    }
  },
}));

const ID = 'nas';
const connected = (change: object = {}) => ({ type: 'connected', protocol: 1, clientId: 'c', serverTimeMs: Date.now(), scope: 'view', machine: { id: ID, name: 'nas' }, channels: [], ...change }) as unknown as ServerMessage;
const probe = (change: Partial<Probe>): Probe => ({ kind: 'noAnswer', address: 'nas:7444', diagnosis: { code: 'noAnswer' }, retryAfterMs: null, machineId: null, protocol: null, ...change });
const body = (id = ID) => ({ seq: 4, sampledAtMs: Date.now(), machine: { id, name: 'nas' }, top: { byCpu: [], byMemory: [], byDisk: [] }, gen: 1, series: [{ id: 'cpu.busy', metric: 'cpu.busy', device: '', label: 'CPU', unit: 'ratio' }], values: [0.5], facts: { intervalMs: 1000, disks: [], filesystems: [], interfaces: [], sensors: [], sensorsAbsentBecause: null, undervolted: null }, faults: [], summary: { cpuRatio: 0.5, memoryRatio: null, fullestDisk: null, rxBytesPerS: null, txBytesPerS: null, diskBytesPerS: null, temperatureCelsius: null, worstAlert: null } }) as unknown as SnapshotBody;
const known = (change: Partial<KnownMachine> = {}): KnownMachine => ({ id: ID, name: 'nas', tags: [], addresses: ['a:7444'], secure: true, scope: 'view', family: '', os: '', addedAtMs: 0, lastSeenMs: 5, lastGoodbye: null, ...change });

const host = { sockets: {}, probe: vi.fn<MachineHost['probe']>(), poll: vi.fn<MachineHost['poll']>() };
let link: Link;
let states: ConnectionState[];
let heard: ServerMessage[];
let timings: Timing[];
let visibility: DocumentVisibilityState;
const newest = () => FakeSocket.all.at(-1) as FakeSocket;
const state = () => states.at(-1) as ConnectionState;
const settle = () => vi.advanceTimersByTimeAsync(0);

function open(change: Partial<KnownMachine> = {}): FakeSocket {
  states = [];
  heard = [];
  timings = [];
  link = openRemote(known(change), host as unknown as MachineHost);
  link.onTiming((timing) => timings.push(timing));
  link.onMessage((message) => heard.push(message));
  link.onState((next) => states.push(next));
  return newest();
}

/** What the program says of a socket that it did not open, because of what it found. */
const notOpened = (change: Partial<Probe>) => ({ code: 'unavailable', message: '', window: { is: 'notReached', probe: probe(change) } });

/** Connects, until it is live. */
function openLive(change: Partial<KnownMachine> = {}): FakeSocket {
  const socket = open(change);
  agree(socket);
  return socket;
}

function agree(socket: FakeSocket): void {
  socket.say(connected());
  socket.answerPings();
}

function show(next: DocumentVisibilityState): void {
  visibility = next;
  document.dispatchEvent(new Event('visibilitychange'));
}

/** Every try fails until nothing more happens within `ms`. */
async function failFor(ms: number): Promise<void> {
  for (const untilMs = Date.now() + ms; Date.now() < untilMs; ) {
    if (newest().readyState !== WebSocket.CLOSED) newest().closedBy(1006);
    await vi.advanceTimersByTimeAsync(250);
  }
}

beforeEach(() => {
  FakeSocket.all = [];
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', Object.assign(FakeSocket, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 }));
  vi.spyOn(Math, 'random').mockReturnValue(1);
  visibility = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  host.probe.mockReset().mockResolvedValue(probe({}));
  host.poll.mockReset().mockRejectedValue({ code: 'unavailable', message: 'No answer.' });
});
afterEach(() => {
  link.close();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('the program authenticates both sides', () => {
  test('until the machine has said who it is, nothing is sent or passed on', () => {
    const socket = open();
    expect([socket.url, socket.protocol]).toEqual(['a:7444', ID]);
    socket.opened();
    link.send({ type: 'subscribe', channels: ['overview'] });
    socket.say({ type: 'alert', event: { id: 1, atMs: 1, severity: 'info', title: '', message: '', source: '' } });
    expect([heard, socket.sent, state().kind]).toEqual([[], [], 'connecting']);
    socket.say(connected());
    expect(state()).toEqual({ kind: 'live', address: 'a:7444' });
    expect(heard.map(({ type }) => type)).toEqual(['connected']);
  });

  test('a proof that came too late is given again; refused five times, the refusal is final', async () => {
    host.probe.mockResolvedValue(probe({ kind: 'ok' }));
    const refuse = () => newest().refusedWith(notOpened({ kind: 'toPair', diagnosis: { code: 'forgotten' } }));
    open();
    refuse();
    expect(state().kind).toBe('reconnecting');
    await vi.advanceTimersByTimeAsync(500);
    agree(newest());
    expect(state().kind).toBe('live');
    newest().closedBy(1006);
    for (let times = 0; times < 5; times++) {
      while (newest().readyState === WebSocket.CLOSED) await vi.advanceTimersByTimeAsync(500);
      refuse();
    }
    expect(state()).toMatchObject({ kind: 'ended', reason: 'unauthorized' });
  });

  const refused: [string, (socket: FakeSocket) => void, ConnectionState][] = [
    ['a challenge of another machine', (socket) => socket.refusedWith(notOpened({ kind: 'wrongMachine', machineId: 'other', diagnosis: { code: 'anotherMachine' } })), { kind: 'wrongMachine', foundId: 'other' }],
    ['a wrong proof', (socket) => socket.refusedWith(notOpened({ kind: 'wrongMachine', diagnosis: { code: 'impostor' } })), { kind: 'wrongMachine', foundId: null }],
    ['what is passed on as another machine', (socket) => socket.say(connected({ machine: { id: 'other', name: 'nas' } })), { kind: 'wrongMachine', foundId: 'other' }],
  ];
  test.each(refused)('%s is refused, and tried again', async (_, say, expected) => {
    host.probe.mockResolvedValue(probe({ kind: 'ok' }));
    const socket = open();
    say(socket);
    await settle();
    expect([state(), socket.readyState, heard]).toEqual([expected, WebSocket.CLOSED, []]);
    // The right one may come back to its address.
    await vi.advanceTimersByTimeAsync(500);
    expect(state()).toEqual(expected);
    agree(newest());
    expect(state().kind).toBe('live');
  });

  const final: [string, unknown, ConnectionState][] = [
    ['without a token', { code: 'notFound', message: 'There is no token.' }, { kind: 'toPair' }],
    ['a machine that asks for one', notOpened({ kind: 'toPair', diagnosis: { code: 'notPaired' } }), { kind: 'toPair' }],
    ['revoked', notOpened({ kind: 'revoked', diagnosis: { code: 'revoked' } }), { kind: 'ended', reason: 'revoked' }],
    ['newer', notOpened({ kind: 'newer', protocol: 3, diagnosis: { code: 'newer' } }), { kind: 'incompatible', theirs: 3 }],
  ];
  test.each(final)('%s ends the trying', async (_, error, expected) => {
    open().refusedWith(error);
    expect(state()).toEqual(expected);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(FakeSocket.all.length).toBe(1);
    // It announces itself: maybe it was paired there.
    link.hurry();
    expect(FakeSocket.all.length).toBe(2);
  });

  test('a machine that says goodbye before the session is awaited', () => {
    open().refusedWith(notOpened({ diagnosis: { code: 'ended', reason: 'shutdown' } }));
    expect(state()).toMatchObject({ kind: 'ended', reason: 'shutdown' });
  });

  test('a program that cannot make a proof now is asked again', () => {
    host.probe.mockRejectedValue(new Error('no'));
    open().refusedWith({ code: 'internal', message: 'The keyring is locked.' });
    expect(state()).toMatchObject({ kind: 'reconnecting', why: { code: 'refused', error: { code: 'internal', message: 'The keyring is locked.' } } });
  });
});

test('a message over the size limit is not parsed', async () => {
  const socket = openLive();
  socket.say(`{"type":"alert","event":"${'x'.repeat(4 * 1024 * 1024)}"}`);
  expect([state(), heard.length, socket.readyState]).toMatchObject([{ kind: 'reconnecting', why: { code: 'oversized' } }, 2, WebSocket.CLOSED]);
});

describe('several addresses', () => {
  test('are tried one after the other without a wait, then there is one', async () => {
    open({ addresses: ['a:1', 'b:2', 'c:3'] });
    newest().closedBy(1006);
    newest().closedBy(1006);
    expect(FakeSocket.all.map(({ url }) => url)).toEqual(['a:1', 'b:2', 'c:3']);
    expect(state().kind).toBe('connecting');
    newest().closedBy(1006);
    expect(state()).toMatchObject({ kind: 'reconnecting', retryAtMs: Date.now() + 500 });
    await vi.advanceTimersByTimeAsync(500);
    expect(FakeSocket.all.length).toBe(4);
  });

  test('one that hangs is left after three seconds, the last is given longer', async () => {
    open({ addresses: ['a:1', 'b:2'] });
    await vi.advanceTimersByTimeAsync(3_000);
    expect(FakeSocket.all.length).toBe(2);
    await vi.advanceTimersByTimeAsync(7_999);
    expect(state().kind).toBe('connecting');
    await vi.advanceTimersByTimeAsync(1);
    expect(state().kind).toBe('reconnecting');
  });

  test('the one that worked is reported, and tried first the next time', async () => {
    open({ addresses: ['a:1', 'b:2'] });
    newest().closedBy(1006);
    agree(newest());
    expect(state()).toEqual({ kind: 'live', address: 'b:2' });
    newest().closedBy(1006);
    await vi.advanceTimersByTimeAsync(500);
    expect(newest().url).toContain('b:2');
  });

  test('an impostor at one of them does not block the other', async () => {
    open({ addresses: ['a:1', 'b:2'] });
    newest().refusedWith(notOpened({ kind: 'wrongMachine', machineId: 'other', diagnosis: { code: 'anotherMachine' } }));
    agree(newest());
    expect(state()).toEqual({ kind: 'live', address: 'b:2' });
  });
});

describe('an announcement', () => {
  test('causes the next try at once, where it has proven itself and then where it is announced', async () => {
    open();
    await failFor(60_000);
    const before = FakeSocket.all.length;
    link.hurry(['x:9']);
    expect(FakeSocket.all.length).toBe(before + 1);
    expect(newest().url).toBe('a:7444');
    newest().closedBy(1006);
    expect(newest().url).toBe('x:9');
    agree(newest());
    expect(state()).toEqual({ kind: 'live', address: 'x:9' });
  });

  test('does not wait for a handshake that hangs', async () => {
    open();
    link.hurry(['x:9']);
    expect(FakeSocket.all.length).toBe(2);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(newest().url).toBe('x:9');
  });

  test('of a machine that is live causes a ping', async () => {
    const socket = openLive();
    link.hurry();
    expect(socket.sentOf('ping').length).toBe(2);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(state().kind).toBe('reconnecting');
  });

  test('a flood of them is one', () => {
    open();
    for (let n = 0; n < 100; n++) link.hurry(['x:9']);
    expect(FakeSocket.all.length).toBe(2);
  });

  test('a forged one has no effect', async () => {
    open();
    await failFor(1_000);
    link.hurry(['evil:1']);
    newest().closedBy(1006);
    expect(newest().url).toBe('evil:1');
    newest().refusedWith(notOpened({ kind: 'wrongMachine', machineId: 'evil', diagnosis: { code: 'anotherMachine' } }));
    while (newest().readyState === WebSocket.CLOSED) await vi.advanceTimersByTimeAsync(500);
    expect(newest().url).toBe('a:7444');
    agree(newest());
    expect(state()).toEqual({ kind: 'live', address: 'a:7444' });
  });
});

const REFUSED = probe({ kind: 'refused', diagnosis: { code: 'refused', host: 'nas', port: 7444 } });

describe('why it cannot be reached', () => {
  test('is probed by the program, and shown with the remedy', async () => {
    host.probe.mockResolvedValue(REFUSED);
    open().closedBy(1006);
    await settle();
    expect(host.probe).toHaveBeenCalledExactlyOnceWith(ID, 'a:7444');
    expect(state()).toMatchObject({ kind: 'reconnecting', why: { code: 'probed', probe: REFUSED } });
  });

  test('at most once a failure, seldom, and not while hidden', async () => {
    open();
    await failFor(9_500);
    expect(host.probe).toHaveBeenCalledTimes(1);
    await failFor(31_000);
    const looked = host.probe.mock.calls.length;
    expect(looked).toBeGreaterThan(1);
    show('hidden');
    await failFor(120_000);
    expect(host.probe).toHaveBeenCalledTimes(looked);
  });

  test('a machine that is off is offline after three tries, since it was last seen', async () => {
    open({ lastSeenMs: 1_234 });
    await failFor(10_000);
    expect(state()).toMatchObject({ kind: 'offline', sinceMs: 1_234, why: { code: 'probed', probe: probe({}) } });
  });

  test('one that was live is stale after half a minute, offline after a quarter of an hour', async () => {
    openLive();
    const heardMs = Date.now();
    await failFor(29_000);
    expect(state().kind).toBe('reconnecting');
    await failFor(2_000);
    expect(state()).toMatchObject({ kind: 'stale', sinceMs: heardMs, why: { code: 'probed', probe: probe({}) } });
    await failFor(15 * 60_000);
    expect(state()).toMatchObject({ kind: 'offline', sinceMs: heardMs });
  });

  test.each([
    ['toPair', { kind: 'toPair' }, 120_000],
    ['revoked', { kind: 'ended', reason: 'revoked' }, 120_000],
    ['newer', { kind: 'incompatible', theirs: 2 }, 59_000],
  ] as const)('%s ends the trying', async (kind, expected, forMs) => {
    host.probe.mockResolvedValue(probe({ kind }));
    open().closedBy(1006);
    await settle();
    expect(state()).toEqual(expected);
    await vi.advanceTimersByTimeAsync(forMs);
    expect(FakeSocket.all.length).toBe(1);
    link.retryNow();
    agree(newest());
    expect(state().kind).toBe('live');
  });

  test('another machine at its address does not end the tries', async () => {
    host.probe.mockResolvedValue(probe({ kind: 'wrongMachine', machineId: 'other' }));
    open().closedBy(1006);
    await settle();
    expect(state()).toEqual({ kind: 'wrongMachine', foundId: 'other' });
    await vi.advanceTimersByTimeAsync(500);
    agree(newest());
    expect(state().kind).toBe('live');
  });

  test('a wait that the machine asks for is kept, unless the person wants a try', async () => {
    host.probe.mockResolvedValue(probe({ kind: 'busy', retryAfterMs: 20_000 }));
    open().closedBy(1006);
    await settle();
    expect(state()).toMatchObject({ kind: 'reconnecting', retryAtMs: Date.now() + 20_000 });
    link.hurry();
    dispatchEvent(new Event('online'));
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.advanceTimersByTimeAsync(19_999);
    expect(FakeSocket.all.length).toBe(1);
    link.retryNow();
    expect(FakeSocket.all.length).toBe(2);
  });

  test('the result of a probe that comes after it is back is ignored', async () => {
    let answer: (probe: Probe) => void = () => undefined;
    host.probe.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    open().closedBy(1006);
    await vi.advanceTimersByTimeAsync(500);
    agree(newest());
    answer(probe({ kind: 'toPair' }));
    await settle();
    expect(state().kind).toBe('live');
  });
});

describe('its last close reason', () => {
  test('is known from before, and it is awaited without a warning', async () => {
    open({ lastGoodbye: 'suspend', lastSeenMs: 77 }).closedBy(1006);
    await settle();
    expect(state()).toEqual({ kind: 'ended', reason: 'suspend', atMs: 77 });
    await vi.advanceTimersByTimeAsync(500);
    agree(newest());
    expect(state().kind).toBe('live');
    newest().closedBy(1006);
    expect(state().kind).toBe('reconnecting');
  });
});

describe('polling', () => {
  const blocked = () => {
    host.probe.mockResolvedValue(probe({ kind: 'blocked', diagnosis: { code: 'blocked' } }));
    host.poll.mockImplementation(() => Promise.resolve(body()));
  };

  test('begins after three failures though HTTP answers, every 5 s, while the socket is tried on', async () => {
    blocked();
    open();
    await failFor(1_250);
    expect(host.poll).not.toHaveBeenCalled();
    await failFor(1_000);
    expect(state()).toEqual({ kind: 'polling', everyMs: 5_000 });
    expect(heard.map((message) => (message.type === 'frame' ? message.channel : message.type))).toEqual(['connected', 'overview', 'summary', 'top']);
    const tried = FakeSocket.all.length;
    await failFor(20_000);
    expect(host.poll).toHaveBeenCalledTimes(5);
    expect(FakeSocket.all.length).toBeGreaterThan(tried);
    expect(new Set(states.slice(states.findIndex(({ kind }) => kind === 'polling')).map(({ kind }) => kind))).toEqual(new Set(['polling']));
    expect(heard.filter(({ type }) => type === 'connected').length).toBe(1);
  });

  test('ends with a session', async () => {
    blocked();
    open();
    await failFor(3_000);
    expect(state().kind).toBe('polling');
    link.retryNow();
    agree(newest());
    const polls = host.poll.mock.calls.length;
    await vi.advanceTimersByTimeAsync(4_000);
    newest().answerPings();
    await vi.advanceTimersByTimeAsync(4_000);
    expect([state().kind, host.poll.mock.calls.length]).toEqual(['live', polls]);
  });

  test('a machine that is off is not polled', async () => {
    open();
    await failFor(60_000);
    expect(host.poll).not.toHaveBeenCalled();
  });

  test('one that stops answering is reconnecting, and stale in time', async () => {
    blocked();
    open();
    await failFor(3_000);
    host.poll.mockRejectedValue({ code: 'unavailable', message: 'No answer.' });
    host.probe.mockResolvedValue(probe({}));
    await failFor(40_000);
    expect(state()).toMatchObject({ kind: 'stale' });
  });

  test('a hidden page does not poll, and polls at once when it is visible', async () => {
    blocked();
    open();
    await failFor(3_000);
    const polls = host.poll.mock.calls.length;
    show('hidden');
    await failFor(60_000);
    expect(host.poll.mock.calls.length).toBeLessThanOrEqual(polls);
    show('visible');
    await settle();
    expect(host.poll.mock.calls.length).toBe(polls + 1);
  });

  test('the answer of another machine is none', async () => {
    blocked();
    host.poll.mockImplementation(() => Promise.resolve(body('other')));
    open();
    await failFor(10_000);
    expect([heard, states.some(({ kind }) => kind === 'polling')]).toEqual([[], false]);
  });

  test('what is of the wrong shape is not passed on', async () => {
    blocked();
    host.poll.mockImplementation(() => Promise.resolve({ ...body(), summary: { cpuRatio: 'much' } } as unknown as SnapshotBody));
    open();
    await failFor(10_000);
    expect([heard, states.some(({ kind }) => kind === 'polling')]).toEqual([[], false]);
  });

  test('measures a large clock offset', async () => {
    blocked();
    host.poll.mockImplementation(() => Promise.resolve({ ...body(), sampledAtMs: Date.now() - 3_600_000 }));
    open();
    await failFor(3_000);
    expect(timings.at(-1)).toEqual({ roundTripMs: null, clockOffsetMs: -3_599_500 });
  });

  test('is the only way where the person wants no WebSocket, at the chosen interval', async () => {
    blocked();
    openLive();
    link.setPace({ socket: false, everyMs: 10_000 });
    await settle();
    expect(state()).toEqual({ kind: 'polling', everyMs: 10_000 });
    expect(newest().readyState).toBe(WebSocket.CLOSED);
    const [polls, sockets] = [host.poll.mock.calls.length, FakeSocket.all.length];
    await vi.advanceTimersByTimeAsync(20_000);
    expect([host.poll.mock.calls.length - polls, FakeSocket.all.length]).toEqual([2, sockets]);
    link.setPace({ socket: false, everyMs: null });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(host.poll.mock.calls.length - polls).toBe(2);
    link.refresh();
    await settle();
    expect(host.poll.mock.calls.length - polls).toBe(3);
    link.setPace({ socket: true, everyMs: 0 });
    agree(newest());
    expect(state().kind).toBe('live');
  });

  test('without WebSocket a machine that does not answer is tried as any other', async () => {
    openLive();
    link.setPace({ socket: false, everyMs: 0 });
    await vi.advanceTimersByTimeAsync(1);
    expect(state()).toMatchObject({ kind: 'reconnecting', why: { code: 'probed', probe: probe({}) } });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(host.poll.mock.calls.length).toBeGreaterThan(2);
    blocked();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(state().kind).toBe('polling');
  });

  test('after a token is revoked while polling, it has to be paired again', async () => {
    blocked();
    open();
    await failFor(3_000);
    host.poll.mockRejectedValue({ code: 'unauthorized', message: 'No.' });
    await failFor(5_000);
    expect(state()).toEqual({ kind: 'toPair' });
  });
});

test('a hidden page keeps its session and pings only seldom', async () => {
  const socket = openLive();
  show('hidden');
  link.send({ type: 'subscribe', channels: ['alerts'] });
  await vi.advanceTimersByTimeAsync(59_000);
  expect(socket.sentOf('ping').length).toBe(1);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(socket.sentOf('ping').length).toBe(2);
});
