/**
 * Another machine, seen from the real window, in a network of its own: to be run in a network namespace
 * (`unshare --net node fleet-network.mjs …`), as root. With
 *
 * - `back RUNS` the machine disconnects unexpectedly and comes back, `RUNS` times announced and as often unannounced; prints
 *   how long after it listens again its numbers arrive: `{"announcedMs": […], "silentMs": […]}`.
 * - `add` a machine that is found is added by somebody who has just opened the window; prints what had to be clicked
 *   until its numbers are there: `{"actions": ["…", …]}`.
 *
 * `SIGHTLINE_BIN` is the window, `SIGHTLINE_AGENT` the agent.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDesktop, until } from '../window/desktop.mjs';
import { openWindow } from '../window/driver.mjs';
import { makeNetwork } from '../window/network.mjs';

/** Long enough for the longest wait between two tries of the page. */
const AWAY_MS = 40_000;
const BACK_MS = 60_000;
const COMPUTER = 2;

/** Runs in the page: records the frames of sockets that are opened from now on. */
const NOTE_FRAMES = `
  globalThis.framesSeen = [];
  globalThis.WebSocket = class extends globalThis.WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        if (typeof data !== 'string' || data.startsWith('{"type":"frame"')) globalThis.framesSeen.push(Date.now());
      });
    }
  };`;

const [what, runs] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'sightline-fleet-'));
const network = makeNetwork();
const computer = network.computer(COMPUTER);
const desktop = await startDesktop();
let window;
let agent;
try {
  agent = await computer.agent({ dataDir: join(folder, 'far') });
  const link = agent.invite();
  window = await openWindow({ binary: process.env.SIGHTLINE_BIN, args: ['--data-dir', join(folder, 'window')], env: desktop.env });
  await loaded();
  console.log(JSON.stringify(what === 'add' ? await add() : await back(link, Number(runs))));
} finally {
  await window?.abandon();
  await agent?.stop('SIGKILL');
  await desktop.end();
  network.end();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function back(link, runs) {
  await window.invoke('machine_pair', { link });
  await window.run('location.reload()');
  await loaded();
  await window.run("location.hash = '#/fleet'");
  await window.run(NOTE_FRAMES);
  const announcedMs = [];
  for (let run = 0; run < runs; run += 1) announcedMs.push(await away());
  // From now on it is reachable as before, but is not announced: only a machine that shares on the network is.
  spawnSync('ip', ['netns', 'exec', `sightline-${process.pid}-${COMPUTER}`, process.env.SIGHTLINE_AGENT, 'unshare', '--port', String(agent.port), '--data-dir', agent.dataDir]);
  process.env.SIGHTLINE_LISTEN = computer.address;
  const silentMs = [];
  for (let run = 0; run < runs; run += 1) silentMs.push(await away());
  return { announcedMs, silentMs };
}

/** One time away: milliseconds from when it listens again to its first frame. */
async function away() {
  await agent.stop('SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
  const before = await window.run('return globalThis.framesSeen.length');
  agent = await computer.agent({ dataDir: agent.dataDir });
  const listens = Date.now();
  const frameAt = await until('its numbers are back', () => window.run('return globalThis.framesSeen[parameters[0]]', before), { patience: BACK_MS, pause: 50 });
  return Math.max(0, frameAt - listens);
}

async function add() {
  const actions = [];
  const act = async (name, xpath) => {
    await window.click(xpath);
    actions.push(name);
  };
  await act('Fleet', '//a[contains(@href, "#/fleet")]');
  await act('Pair…', '//button[starts-with(@aria-label, "Pair ")]');
  await until('digits are shown', async () => /\d{3}\s\d{3}/.test(await window.text()));
  const answered = agent.answer(true);
  await act('Yes, the same', '//button[normalize-space()="Yes, the same"]');
  await answered;
  actions.push('Allow, on the machine');
  await until('its numbers are there', async () => (await window.url()).includes('/m/') && /\d\s*%/.test(await window.text()), { patience: BACK_MS });
  return { actions };
}

async function loaded() {
  await until('the page is up', async () => (await window.run('return document.readyState')) === 'complete' && /\d\s*%/.test(await window.text()));
}
