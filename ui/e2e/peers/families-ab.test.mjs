/** Application managers and device dashboards as Node programs: the `ws` package, no code of ours. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import WebSocket from 'ws';
import { startAgent } from '../agent.mjs';

const WAIT_MS = 15_000;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A connection whose messages are awaited one by one. */
async function connect(agent, path) {
  const socket = new WebSocket(`${agent.url.replace('http', 'ws')}${path}`);
  const arrived = [];
  let wake = () => undefined;
  socket.on('message', (data, isBinary) => {
    assert.equal(isBinary, false, 'these families speak text');
    arrived.push(JSON.parse(data.toString()));
    wake();
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.on('close', () => wake());
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  /** The next message of this type, or of any; those before it are dropped. */
  async function next(type) {
    const timeout = AbortSignal.timeout(WAIT_MS);
    for (;;) {
      while (arrived.length > 0) {
        const message = arrived.shift();
        if (type === undefined || message.type === type) return message;
      }
      assert.equal(socket.readyState, WebSocket.OPEN, 'the connection closed before the message came');
      await new Promise((resolve, reject) => {
        wake = resolve;
        timeout.onabort = () => reject(new Error(`no ${type ?? 'message'} came`));
      });
    }
  }
  const send = (message) => socket.send(typeof message === 'object' && !Buffer.isBuffer(message) ? JSON.stringify(message) : message);
  return { socket, arrived, closed, next, send, close: () => socket.close() };
}

/** Status that refuses the socket. */
function refused(agent, path) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${agent.url.replace('http', 'ws')}${path}`);
    socket.once('open', () => reject(new Error('it was accepted')));
    socket.once('error', (error) => resolve(Number(/Unexpected server response: (\d+)/.exec(error.message)?.[1])));
  });
}

const json = async (agent, path) => (await fetch(agent.url + path)).json();

/** Which kinds of value each field of `SystemMetrics` may have. */
const METRICS = {
  cpu_usage: ['number'],
  cpu_temp: ['number', 'null'],
  cpu_cores: ['number'],
  memory_usage: ['number'],
  memory_total: ['number'],
  memory_percent: ['number'],
  storage_usage: ['number', 'null'],
  storage_total: ['number', 'null'],
  storage_percent: ['number', 'null'],
  uptime: ['number'],
  hostname: ['string'],
  is_undervolted: ['boolean'],
  top_processes: ['array'],
  network_interfaces: ['array'],
  timestamp: ['string'],
};
const PROCESS = { pid: ['number'], name: ['string'], cpu: ['number'], mem: ['number'], command: ['string'] };
const INTERFACE = {
  name: ['string'],
  ip4: ['string'],
  ip6: ['string'],
  mac: ['string'],
  type: ['string'],
  operstate: ['string'],
  default: ['boolean'],
  rx_bytes: ['number'],
  tx_bytes: ['number'],
  rx_sec: ['number'],
  tx_sec: ['number'],
};

function fits(value, shape) {
  assert.deepEqual(Object.keys(value), Object.keys(shape));
  for (const [field, kinds] of Object.entries(shape)) {
    const it = value[field];
    const kind = it === null ? 'null' : Array.isArray(it) ? 'array' : typeof it;
    assert.ok(kinds.includes(kind), `${field} is ${JSON.stringify(it)}`);
  }
}

function isSystemMetrics(data) {
  fits(data, METRICS);
  assert.match(data.timestamp, ISO);
  for (const percent of ['cpu_usage', 'memory_percent']) assert.ok(data[percent] >= 0 && data[percent] <= 100, percent);
  assert.ok(data.memory_usage > 0 && data.memory_usage < data.memory_total);
  assert.ok(data.top_processes.length > 0 && data.top_processes.length <= 10);
  for (const process of data.top_processes) fits(process, PROCESS);
  for (const link of data.network_interfaces) fits(link, INTERFACE);
}

describe('an application manager', () => {
  const PATH = '/ws/metrics';
  let agent;
  before(async () => {
    agent = await startAgent({ env: { WS_METRICS_INTERVAL: '500' } });
  });
  after(() => agent.stop());

  test('is subscribed by itself: metrics at once, and again and again', async () => {
    const client = await connect(agent, PATH);
    const connected = await client.next();
    assert.deepEqual(Object.keys(connected), ['type', 'data', 'timestamp']);
    assert.equal(connected.type, 'connected');
    assert.match(connected.timestamp, ISO);
    assert.equal(typeof connected.data.clientId, 'string');
    assert.deepEqual(connected.data.subscribedChannels, ['metrics']);
    let last = '';
    for (let n = 0; n < 3; n += 1) {
      const metrics = await client.next();
      assert.deepEqual(Object.keys(metrics), ['type', 'data', 'timestamp']);
      assert.equal(metrics.type, 'metrics');
      assert.ok(metrics.timestamp > last);
      last = metrics.timestamp;
      isSystemMetrics(metrics.data);
    }
    isSystemMetrics(await json(agent, '/api/v1/metrics'));
    client.close();
  });

  test('stops with unsubscribe and begins again with subscribe', async () => {
    const [silent, other] = await Promise.all([connect(agent, PATH), connect(agent, PATH)]);
    await silent.next('metrics');
    silent.send({ type: 'unsubscribe', channel: 'metrics' });
    silent.send({ type: 'ping' });
    await silent.next('pong');
    other.arrived.length = 0;
    for (let n = 0; n < 3; n += 1) await other.next('metrics');
    assert.deepEqual(silent.arrived, []);
    silent.send({ type: 'subscribe', channel: 'metrics' });
    isSystemMetrics((await silent.next('metrics')).data);
    silent.close();
    other.close();
  });

  test('gets an error for anything else, and stays connected', async () => {
    const client = await connect(agent, PATH);
    const wrong = ['not JSON', '', '[]', { type: 'reboot' }, { type: 'subscribe' }, { type: 'subscribe', channel: 'kitchen' }, Buffer.from([0, 159, 146, 150])];
    for (const message of wrong) {
      client.send(message);
      const error = await client.next('error');
      assert.deepEqual(Object.keys(error), ['type', 'message', 'timestamp']);
      assert.match(error.timestamp, ISO);
      client.send({ type: 'ping' });
      assert.deepEqual(Object.keys(await client.next('pong')), ['type', 'timestamp']);
    }
    client.close();
  });

  test('shares its timer with all others: the same round, made once', async () => {
    const clients = await Promise.all(Array.from({ length: 5 }, () => connect(agent, PATH)));
    for (const client of clients) await client.next('metrics');
    // The first message is each client's own; from now on all get the same rounds.
    const received = [];
    for (const client of clients) {
      const times = [];
      for (let n = 0; n < 4; n += 1) times.push((await client.next('metrics')).timestamp);
      received.push(times);
    }
    const common = received[0].filter((time) => received.every((times) => times.includes(time)));
    assert.ok(common.length >= 2, JSON.stringify(received));
    for (const client of clients) client.close();
  });

  test('sees in the statistics who is connected', async () => {
    const client = await connect(agent, PATH);
    const { data } = await client.next('connected');
    const stats = await json(agent, '/api/v1/ws/stats');
    assert.equal(stats.enabled, true);
    assert.equal(stats.intervalMs, 500);
    for (const count of ['totalConnections', 'activeConnections', 'messagesSent', 'bytesSent']) assert.ok(stats[count] > 0, count);
    const own = stats.clients.find(({ clientId }) => clientId === data.clientId);
    assert.match(own.connectedAt, ISO);
    assert.deepEqual(own.subscribedChannels, ['metrics']);
    assert.equal(own.carrier, 'application-manager');
    client.close();
  });
});

describe('a device dashboard', () => {
  let agent;
  let path;
  before(async () => {
    agent = await startAgent();
    const { devices } = await json(agent, '/api/v1/devices');
    path = `/api/v1/devices/${devices[0].uuid}/ws`;
  });
  after(() => agent.stop());

  test('is sent the device it is connected to, and each channel on subscribing', async () => {
    const client = await connect(agent, path);
    const connected = await client.next();
    assert.equal(connected.type, 'connected');
    assert.ok(path.includes(connected.data.deviceUuid));
    assert.match(connected.data.timestamp, ISO);
    client.send({ type: 'subscribe', channels: ['system-info', 'processes', 'history', 'network-interfaces', 'metrics'] });
    const info = (await client.next('system-info')).data;
    fits(info, { os: ['string'], architecture: ['string'], uptime: ['number'], hostname: ['string'], ipAddress: ['string'], macAddress: ['string'] });
    const { top_processes: top } = (await client.next('processes')).data;
    for (const process of top) fits(process, PROCESS);
    const history = (await client.next('history')).data;
    assert.deepEqual(Object.keys(history), ['cpu', 'memory', 'network']);
    for (const point of [...history.cpu, ...history.memory, ...history.network]) assert.match(point.time, /^(0[1-9]|1[0-2]):[0-5]\d [AP]M$/);
    for (const link of (await client.next('network-interfaces')).data.interfaces) fits(link, INTERFACE);
    isSystemMetrics((await client.next('metrics')).data);
    // Every 5 s from now on, and nothing else that soon.
    const next = await client.next();
    assert.equal(next.type, 'metrics');
    client.close();
  });

  test('invalid messages are ignored, and it stays connected', async () => {
    const client = await connect(agent, path);
    await client.next('connected');
    const wrong = ['not JSON', '', '[]', { type: 'reboot' }, { type: 'subscribe', channels: ['kitchen'] }, { type: 'subscribe', channels: 'metrics' }, Buffer.from([0, 159, 146, 150])];
    for (const message of wrong) {
      client.send(message);
      client.send({ type: 'ping' });
      const answer = await client.next();
      assert.equal(answer.type, 'pong', JSON.stringify(message));
      assert.match(answer.data.timestamp, ISO);
    }
    client.close();
  });

  test('does not find another device here', async () => {
    const other = '/api/v1/devices/00000000-0000-4000-8000-000000000000/ws';
    assert.equal(await refused(agent, other), 404);
    const answer = await fetch(agent.url + other);
    assert.equal(answer.status, 404);
    assert.equal((await answer.json()).error.code, 'notFound');
  });

  test('is closed with 1001 when the agent shuts down', { skip: process.platform === 'win32' && 'no signals' }, async () => {
    const leaving = await startAgent();
    const { devices } = await json(leaving, '/api/v1/devices');
    const clients = await Promise.all([connect(leaving, `/api/v1/devices/${devices[0].uuid}/ws`), connect(leaving, '/ws/metrics')]);
    assert.equal(await leaving.stop('SIGTERM'), 0);
    for (const client of clients) assert.equal(await client.closed, 1001);
  });
});

test('WS_ENABLED=false closes both sockets, and their clients poll', async () => {
  const agent = await startAgent({ env: { WS_ENABLED: 'false' } });
  const { devices } = await json(agent, '/api/v1/devices');
  assert.equal(await refused(agent, '/ws/metrics'), 403);
  assert.equal(await refused(agent, `/api/v1/devices/${devices[0].uuid}/ws`), 403);
  isSystemMetrics(await json(agent, '/api/v1/metrics'));
  const stats = await json(agent, '/api/v1/ws/stats');
  assert.equal(stats.enabled, false);
  assert.equal(stats.flags.WS_ENABLED, false);
  await agent.stop();
});

test('an invalid interval is reported, and the default is used', async () => {
  const agent = await startAgent({ env: { WS_METRICS_INTERVAL: 'often' } });
  assert.equal((await json(agent, '/api/v1/ws/stats')).intervalMs, 5000);
  // The notice is among the faults of the next sample.
  const client = await connect(agent, '/api/v1/stream');
  client.send({ type: 'subscribe', channels: ['overview'] });
  for (;;) {
    const { data } = await client.next('frame');
    const notice = data.faults?.find(({ source }) => source === 'compat');
    if (notice === undefined) continue;
    assert.match(notice.message, /WS_METRICS_INTERVAL is "often"/);
    break;
  }
  client.close();
  await agent.stop();
});
