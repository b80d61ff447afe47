/** The native stream in a Node program: the `ws` package, no code of ours. */
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { after, before, describe, test } from 'node:test';
import WebSocket from 'ws';
import { startAgent } from '../agent.mjs';

const PATH = '/api/v1/stream';
const WAIT_MS = 15_000;

/** A connection whose messages are awaited one by one. */
async function connect(agent, options = {}) {
  const socket = new WebSocket(`${agent.url.replace('http', 'ws')}${PATH}`, 'sightline.v1', options);
  const arrived = [];
  const closed = new Promise((resolve) => socket.once('close', (code) => resolve(code)));
  let wake = () => undefined;
  socket.on('message', (data) => {
    arrived.push(JSON.parse(data.toString()));
    wake();
  });
  socket.on('close', () => wake());
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const send = (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  /** The next message that fits; those before it are dropped. */
  async function next(fits) {
    const timeout = AbortSignal.timeout(WAIT_MS);
    for (;;) {
      while (arrived.length > 0) {
        const message = arrived.shift();
        if (fits(message)) return message;
      }
      assert.ok(socket.readyState === WebSocket.OPEN, 'the connection closed before the message came');
      await new Promise((resolve, reject) => {
        wake = resolve;
        timeout.onabort = () => reject(new Error('the message did not come'));
      });
    }
  }
  const frame = (channel, key) => next((message) => message.type === 'frame' && message.channel === channel && message.key === key);
  async function request(method, params, id = 1) {
    send({ type: 'request', id, method, params });
    return next((message) => message.type === 'response' && message.id === id);
  }
  return { socket, closed, send, next, frame, request, close: () => socket.close() };
}

/** Status of a plain request. */
function status(agent, headers, path = PATH) {
  return new Promise((resolve, reject) => {
    get(`${agent.url}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'sightline.v1',
};

describe('the native stream', () => {
  let agent;
  before(async () => {
    agent = await startAgent();
  });
  after(() => agent.stop());

  test('sends first which machine it is, and echoes the subprotocol', async () => {
    const client = await connect(agent);
    const connected = await client.next(() => true);
    assert.equal(client.socket.protocol, 'sightline.v1');
    assert.equal(connected.type, 'connected');
    assert.equal(connected.protocol, 1);
    assert.equal(connected.scope, 'processes');
    assert.ok(connected.machine.id && connected.machine.name && connected.machine.cores > 0);
    assert.ok(connected.channels.some((channel) => channel.name === 'overview'));
    assert.ok(Math.abs(connected.serverTimeMs - Date.now()) < 60_000);
    client.close();
  });

  test('overview: a key frame at once, then values of the same generation, later each time', async () => {
    const client = await connect(agent);
    client.send({ type: 'subscribe', channels: ['overview'] });
    const key = await client.frame('overview', true);
    assert.equal(key.data.values.length, key.data.series.length);
    const ids = key.data.series.map((series) => series.id);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.includes('cpu.busy') && ids.includes('memory.used'));
    let last = key;
    for (let n = 0; n < 3; n += 1) {
      const frame = await client.frame('overview', false);
      assert.equal(frame.data.gen, key.data.gen);
      assert.equal(frame.data.values.length, key.data.series.length);
      assert.ok(frame.seq > last.seq && frame.sampledAtMs > last.sampledAtMs);
      last = frame;
    }
    const busy = last.data.values[ids.indexOf('cpu.busy')];
    assert.ok(busy >= 0 && busy <= 1, `cpu.busy is ${busy}`);
    client.close();
  });

  test('processes: the whole table, then what changed; a process that ends is gone', async () => {
    const client = await connect(agent);
    client.send({ type: 'subscribe', channels: ['processes'] });
    const key = await client.frame('processes', true);
    const pid = key.data.columns.indexOf('pid');
    const own = key.data.rows.find((row) => row[pid] === process.pid);
    assert.ok(own, 'this test is a process, so it is in the table');
    assert.ok(own[key.data.columns.indexOf('command')].includes('stream.test'), 'loopback sees command lines');
    const { spawn } = await import('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const added = await client.next((m) => m.type === 'frame' && !m.key && m.data.added.some((row) => row[pid] === child.pid));
    assert.equal(added.channel, 'processes');
    child.kill('SIGKILL');
    await client.next((m) => m.type === 'frame' && !m.key && m.data.gone.some(([gone]) => gone === child.pid));
    client.close();
  });

  test('an unsubscribed channel is silent', async () => {
    const client = await connect(agent);
    client.send({ type: 'subscribe', channels: ['overview', 'processes'] });
    await client.frame('processes', true);
    client.send({ type: 'unsubscribe', channels: ['processes'] });
    client.send({ type: 'ping', id: 1 });
    await client.next((message) => message.type === 'pong');
    for (let n = 0; n < 3; n += 1) {
      const frame = await client.next((message) => message.type === 'frame');
      assert.equal(frame.channel, 'overview');
    }
    client.close();
  });

  test('a ping is answered with its id', async () => {
    const client = await connect(agent);
    client.send({ type: 'ping', id: 7 });
    const pong = await client.next((message) => message.type === 'pong');
    assert.equal(pong.id, 7);
    assert.ok(pong.serverTimeMs > 0);
    client.close();
  });

  test('requests: snapshot, series.list, history.query, process.detail', async () => {
    const client = await connect(agent);
    client.send({ type: 'subscribe', channels: ['overview', 'processes'] });
    await client.frame('overview', false);
    const table = (await client.frame('processes', false)) && (await client.request('snapshot', undefined, 2)).result;
    assert.equal(table.values.length, table.series.length);
    assert.ok(table.machine.memoryTotalBytes > 0);

    const list = (await client.request('series.list', undefined, 3)).result;
    assert.equal(list.length, table.series.length);
    assert.ok(list.every((entry) => entry.about.length > 0), 'each series has its definition');

    const toMs = table.sampledAtMs;
    const params = { series: ['cpu.busy', 'no.such'], fromMs: toMs - 60_000, toMs, maxPoints: 600 };
    const history = (await client.request('history.query', params, 4)).result;
    assert.ok(history.t.length > 0 && history.t.every((t, n) => n === 0 || t > history.t[n - 1]));
    assert.deepEqual(Object.keys(history.columns), ['cpu.busy']);
    for (const part of ['min', 'avg', 'max']) assert.equal(history.columns['cpu.busy'][part].length, history.t.length);

    client.send({ type: 'subscribe', channels: ['processes'] });
    const key = await client.frame('processes', true);
    const column = (name) => key.data.columns.indexOf(name);
    const own = key.data.rows.find((row) => row[column('pid')] === process.pid);
    const startedAtMs = own[column('startedAtMs')];
    const detail = (await client.request('process.detail', { pid: process.pid, startedAtMs }, 5)).result;
    assert.equal(detail.pid, process.pid);
    assert.equal(detail.gone, false);
    client.close();
  });

  test('what is wrong gets an error and the session goes on', async () => {
    const client = await connect(agent);
    const codes = [
      ['this is not JSON', 'badMessage'],
      [{ type: 'reboot' }, 'badMessage'],
      [[1, 2, 3], 'badMessage'],
      [{ type: 'subscribe', channels: ['kitchen'] }, 'unknownChannel'],
    ];
    for (const [message, code] of codes) {
      client.send(message);
      const error = await client.next((answer) => answer.type === 'error');
      assert.equal(error.code, code);
      assert.ok(error.message.length > 0);
    }
    assert.equal((await client.request('process.kill', { pid: 1 }, 8)).error.code, 'unknownMethod');
    assert.equal((await client.request('history.query', { series: 'cpu.busy' }, 9)).error.code, 'badParams');
    client.send({ type: 'ping', id: 10 });
    await client.next((message) => message.type === 'pong' && message.id === 10);
    client.close();
  });

  test('a message over the size limit ends the session with tooLarge', async () => {
    const client = await connect(agent);
    client.send(JSON.stringify({ type: 'subscribe', channels: ['x'.repeat(70_000)] }));
    const goodbye = await client.next((message) => message.type === 'goodbye');
    assert.equal(goodbye.reason, 'tooLarge');
    assert.equal(await client.closed, 1009);
  });

  test('a plain GET on the stream is answered with 426', async () => {
    assert.equal(await status(agent, {}), 426);
  });

  test('other origins and foreign host names are refused', async () => {
    const own = new URL(agent.url).host;
    assert.equal(await status(agent, { ...UPGRADE, Origin: 'http://evil.test' }), 403);
    assert.equal(await status(agent, { ...UPGRADE, Origin: 'null' }), 403);
    assert.equal(await status(agent, { ...UPGRADE, Host: 'evil.test' }), 421);
    assert.equal(await status(agent, { Host: 'evil.test' }, '/'), 421);
    assert.equal(await status(agent, { Origin: 'http://evil.test' }, '/api/v1/snapshot'), 403);
    assert.equal(await status(agent, { Host: own, Origin: agent.url }, '/health'), 200);
    const client = await connect(agent, { origin: agent.url });
    await client.next((message) => message.type === 'connected');
    client.close();
  });
});

test('an agent that ends sends goodbye to all, closes with 1001 and ends in time', { skip: process.platform === 'win32' && 'no signals' }, async () => {
  const agent = await startAgent();
  const clients = await Promise.all([connect(agent), connect(agent)]);
  for (const client of clients) {
    client.send({ type: 'subscribe', channels: ['overview'] });
    await client.frame('overview', true);
  }
  const began = Date.now();
  const ended = agent.stop('SIGTERM');
  for (const client of clients) {
    const goodbye = await client.next((message) => message.type === 'goodbye');
    assert.equal(goodbye.reason, 'shutdown');
    assert.equal(await client.closed, 1001);
  }
  assert.equal(await ended, 0);
  assert.ok(Date.now() - began < 10_000, 'two seconds, and some for a busy machine');
});
