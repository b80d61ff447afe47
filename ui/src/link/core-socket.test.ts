// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CoreSockets, type SocketLike } from './core-socket';
import type { SocketHost } from './link';

const MESSAGE = 0;
const CLOSED = 1;

/** A stand-in for the window's program, controlled by the test. */
class FakeProgram implements SocketHost {
  readonly opening = new Map<number, { id: string; address: string; done: () => void; fail: (error: unknown) => void }>();
  readonly sent: [number, string][] = [];
  readonly closed: number[] = [];
  pulls = 0;
  #answer: ((bytes: Uint8Array) => void) | null = null;
  #fail: ((error: unknown) => void) | null = null;

  open(_: string, socket: number, id: string, address: string): Promise<void> {
    return new Promise((done, fail) => this.opening.set(socket, { id, address, done, fail }));
  }

  async send(_: string, socket: number, text: string): Promise<void> {
    this.sent.push([socket, text]);
  }

  next(): Promise<Uint8Array> {
    this.pulls += 1;
    expect(this.#answer, 'one pull in flight').toBeNull();
    return new Promise((resolve, reject) => {
      this.#answer = resolve;
      this.#fail = reject;
    });
  }

  async close(_: string, socket: number): Promise<void> {
    this.closed.push(socket);
  }

  /** Answers the pull. */
  async bring(...records: [socket: number, kind: number, payload: string | number][]): Promise<void> {
    const parts = records.map(([socket, kind, payload]) => {
      const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : new Uint8Array([payload >> 8, payload & 255]);
      const part = new Uint8Array(9 + bytes.length);
      const view = new DataView(part.buffer);
      view.setUint32(0, socket);
      view.setUint8(4, kind);
      view.setUint32(5, bytes.length);
      part.set(bytes, 9);
      return part;
    });
    const answer = this.#answer;
    this.#answer = null;
    answer?.(new Uint8Array(parts.flatMap((part) => [...part])));
    await vi.advanceTimersByTimeAsync(0);
  }

  async break(): Promise<void> {
    this.#answer = null;
    this.#fail?.(new Error('ended'));
    await vi.advanceTimersByTimeAsync(0);
  }
}

let program: FakeProgram;
let sockets: CoreSockets;

function open(id = 'nas'): { socket: SocketLike; heard: unknown[]; codes: number[]; refusals: unknown[] } {
  const [heard, codes, refusals]: [unknown[], number[], unknown[]] = [[], [], []];
  const socket = sockets.open(id, `${id}:7444`);
  socket.onmessage = ({ data }) => heard.push(data);
  socket.onclose = ({ code }) => codes.push(code);
  socket.onrefused = (error) => refusals.push(error);
  return { socket, heard, codes, refusals };
}

beforeEach(() => {
  vi.useFakeTimers();
  program = new FakeProgram();
  sockets = new CoreSockets(program);
});
afterEach(() => {
  vi.useRealTimers();
});

test('messages of all sockets arrive in one pull, each at its socket', async () => {
  const [first, second] = [open('nas'), open('desk')];
  expect([...program.opening.values()].map(({ id, address }) => [id, address])).toEqual([['nas', 'nas:7444'], ['desk', 'desk:7444']]);
  await program.bring([1, MESSAGE, '{"a":"ä"}'], [2, MESSAGE, 'x'], [1, MESSAGE, 'y'], [9, MESSAGE, 'nobody']);
  expect([first.heard, second.heard, program.pulls]).toEqual([['{"a":"ä"}', 'y'], ['x'], 2]);
});

test('messages are sent once it is open, one after the other', async () => {
  const { socket } = open();
  expect(socket.readyState).toBe(WebSocket.CONNECTING);
  program.opening.get(1)?.done();
  await vi.advanceTimersByTimeAsync(0);
  expect(socket.readyState).toBe(WebSocket.OPEN);
  socket.send('a');
  socket.send('b');
  await vi.advanceTimersByTimeAsync(0);
  expect(program.sent).toEqual([[1, 'a'], [1, 'b']]);
});

test('one that the machine closes reports the code, once, and no more messages', async () => {
  const { socket, codes, heard } = open();
  await program.bring([1, MESSAGE, 'a'], [1, CLOSED, 1012], [1, MESSAGE, 'late']);
  expect([codes, heard, socket.readyState]).toEqual([[1012], ['a'], WebSocket.CLOSED]);
  socket.send('b');
  await vi.advanceTimersByTimeAsync(0);
  expect(program.sent).toEqual([]);
});

test('one that cannot be opened is closed, and says why', async () => {
  const { socket, codes, refusals } = open();
  const error = { code: 'unavailable', message: 'no' };
  program.opening.get(1)?.fail(error);
  await vi.advanceTimersByTimeAsync(0);
  expect([codes, refusals, socket.readyState]).toEqual([[], [error], WebSocket.CLOSED]);
});

test('one that is closed here fires no event, and pulling ends with the last', async () => {
  const { socket, codes } = open();
  socket.close();
  await program.bring();
  expect([program.closed, codes, program.pulls]).toEqual([[1], [], 1]);
  open();
  expect(program.pulls).toBe(2);
});

test('a failed pull closes all sockets, and pulling is tried again after a while', async () => {
  const [first, second] = [open('nas'), open('desk')];
  await program.break();
  expect([first.codes, second.codes, program.pulls]).toEqual([[1006], [1006], 1]);
  open();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(program.pulls).toBe(2);
});

test('a message that the program rejects closes the socket', async () => {
  const { socket, codes } = open();
  program.opening.get(1)?.done();
  await vi.advanceTimersByTimeAsync(0);
  program.send = () => Promise.reject(new Error('full'));
  socket.send('a');
  await vi.advanceTimersByTimeAsync(0);
  expect([codes, program.closed]).toEqual([[1006], [1]]);
});

test('what the machine said before its end is heard, though a message of ours came too late', async () => {
  const { socket, codes, heard } = open();
  program.opening.get(1)?.done();
  await vi.advanceTimersByTimeAsync(0);
  program.send = () => Promise.reject({ code: 'notFound', message: 'This socket is closed.' });
  socket.send('a');
  await vi.advanceTimersByTimeAsync(0);
  await program.bring([1, MESSAGE, 'goodbye'], [1, CLOSED, 1001]);
  expect([heard, codes]).toEqual([['goodbye'], [1001]]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(codes).toEqual([1001]);
});

test('where its end does not come, it is broken after a while', async () => {
  const { socket, codes } = open();
  program.opening.get(1)?.done();
  await vi.advanceTimersByTimeAsync(0);
  program.send = () => Promise.reject({ code: 'notFound', message: 'This socket is closed.' });
  socket.send('a');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(codes).toEqual([1006]);
});
