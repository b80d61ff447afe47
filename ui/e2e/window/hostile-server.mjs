/** A paired machine that turned hostile: a relay before a real agent, whose key it has, so that authentication succeeds,
 *  which inserts messages of its own between the answers. `node hostile-server.mjs LISTEN_PORT AGENT_PORT DATA_DIR`; each line on standard input names the
 *  attack on current and future viewers: see `ATTACKS`. Prints `ready` when it listens. */
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket, WebSocketServer } from 'ws';

const [listen, agent] = process.argv.slice(2, 4).map(Number);
const dataDir = process.argv[4];
/** As apps connect: by the machine's own key. */
const APP = { ALPNProtocols: ['sightline/1'], rejectUnauthorized: false };
const GIB = 2 ** 30;
/** A name with markup, direction marks and zero-width characters. */
const EVIL = '<img src=x onerror="window.__pwned=1">\u202Egnp.exe\u2066\u200B';
const text = (message) => JSON.stringify(message);
const frame = (channel, data) => text({ type: 'frame', channel, seq: 1, sampledAtMs: Date.now(), key: true, data });

/** Attacks on one viewer; `wire` is the connection below the WebSocket. */
const ATTACKS = {
  honest: () => undefined,
  /** A message of twice the size limit. */
  huge: (socket) => socket.send(text({ type: 'error', code: 'internal', message: 'x'.repeat(8 * 2 ** 20) })),
  /** The head of a message of 1 GiB, a few bytes of it, and silence. */
  claim: (socket, wire) => {
    const head = Buffer.alloc(10);
    head[0] = 0x81;
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(GIB), 2);
    wire.write(Buffer.concat([head, Buffer.from('{"type":"fra')]));
  },
  /** Nested lists, deeper than any of our parsers goes. */
  deep: (socket) => {
    const depth = 200_000;
    socket.send(`{"type":"frame","channel":"overview","seq":1,"sampledAtMs":1,"key":true,"data":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  },
  /** Valid JSON that is not a message of the protocol. */
  nonsense: (socket) => {
    for (const message of ['null', '[]', '"x"', '{"type":"frame"}', '{"type":7}', frame('overview', null), frame('overview', { series: 7, values: 'x' }), frame('processes', { columns: 'pid', rows: {} }), frame('summary', []), frame('top', 3), text({ type: 'alert', event: null }), text({ type: 'response', id: 'x' }), text({ type: 'goodbye', reason: 'because' })]) socket.send(message);
  },
  /** As many messages as the connection takes. */
  flood: (socket) => {
    const summary = frame('summary', { cpuRatio: 0.5, memoryRatio: 0.5, fullestDisk: null, rxBytesPerS: 1, txBytesPerS: 1, diskBytesPerS: 1, temperatureCelsius: 1, worstAlert: null });
    const pour = () => {
      for (let n = 0; n < 200 && socket.bufferedAmount < 2 ** 20; n++) socket.send(summary);
      if (socket.readyState !== WebSocket.OPEN) return;
      if (attack === 'flood') setTimeout(pour, 5);
      // What still waits in the network is read at a pace, which may take minutes.
      else socket.terminate();
    };
    pour();
  },
  /** Every text but its name, which it has proven, is markup. Applied to the agent's messages: see `renamed`. */
  names: () => undefined,
};

let attack = 'honest';
const viewers = new Set();

/** A message of the agent, with every text replaced. */
function renamed(said) {
  if (attack !== 'names') return said;
  const message = JSON.parse(said);
  if (message.type === 'connected') Object.assign(message.machine, { os: EVIL, kernel: EVIL, cpuModel: EVIL });
  if (message.type === 'frame' && message.channel === 'summary' && message.data.fullestDisk) message.data.fullestDisk.mount = EVIL;
  if (message.type === 'frame' && message.channel === 'overview' && message.key) {
    for (const series of message.data.series) if (series.label !== '') series.label = EVIL;
    for (const filesystem of message.data.facts.filesystems) filesystem.mount = EVIL;
    message.data.faults = [{ source: EVIL, message: EVIL }];
  }
  return JSON.stringify(message);
}

const server = createServer({ key: readFileSync(join(dataDir, 'certificate.key')), cert: readFileSync(join(dataDir, 'certificate.pem')), ALPNProtocols: APP.ALPNProtocols }, (asked, answer) => {
  const onward = request({ ...APP, host: '127.0.0.1', port: agent, path: asked.url, method: asked.method, headers: asked.headers }, (got) => {
    answer.writeHead(got.statusCode, got.headers);
    got.pipe(answer);
  });
  onward.once('error', () => answer.destroy());
  asked.pipe(onward);
});
const sockets = new WebSocketServer({ server, handleProtocols: () => 'sightline.v1' });
sockets.on('connection', (socket, asked) => {
  const { host, origin, 'user-agent': program } = asked.headers;
  const upstream = new WebSocket(`wss://127.0.0.1:${agent}${asked.url}`, 'sightline.v1', { ...APP, headers: { host, 'user-agent': program, ...(origin ? { origin } : {}) } });
  const early = [];
  const viewer = { socket, wire: asked.socket };
  upstream.on('open', () => early.splice(0).forEach((message) => upstream.send(message)));
  upstream.on('message', (data) => {
    const said = data.toString();
    socket.send(renamed(said));
    if (!said.startsWith('{"type":"connected"')) return;
    viewers.add(viewer);
    ATTACKS[attack](socket, viewer.wire);
  });
  socket.on('message', (data) => (upstream.readyState === WebSocket.OPEN ? upstream.send(data.toString()) : early.push(data.toString())));
  const end = () => {
    viewers.delete(viewer);
    upstream.terminate();
    socket.terminate();
  };
  for (const side of [upstream, socket]) side.on('close', end).on('error', end);
});
server.listen(listen, '0.0.0.0', () => console.log('ready'));
createInterface({ input: process.stdin })
  .on('line', (line) => {
    attack = line;
    // Names are sent once, in `connected`: the viewers have to connect again.
    for (const { socket, wire } of viewers) {
      if (attack === 'names') socket.terminate();
      else ATTACKS[attack](socket, wire);
    }
  })
  .on('close', () => process.exit(0));
