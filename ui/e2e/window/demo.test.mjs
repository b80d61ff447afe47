/** The demo in the real window: recorded machines, which come over real links and leave nothing behind. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startDesktop, until } from './desktop.mjs';
import { openWindow } from './driver.mjs';

const BINARY = process.env.SIGHTLINE_BIN ?? fileURLToPath(new URL('../../../target/debug/sightline', import.meta.url));

let desktop;
let folder;
let open;

before(async () => {
  desktop = await startDesktop();
  folder = await mkdtemp(join(tmpdir(), 'sightline-look-'));
});

after(async () => {
  await open?.abandon();
  await desktop?.end();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('recorded machines are there at once, are marked as such, and leave nothing behind', async (t) => {
  const env = { ...desktop.env, TMPDIR: folder };
  const window = (open = await openWindow({ binary: BINARY, args: ['--demo', '--machines', '3', '--data-dir', join(folder, 'data')], env }));
  t.after(() => window.abandon());
  await until('the page is up', async () => (await window.run('return document.readyState')) === 'complete');
  const { machines, demo } = await window.invoke('machines_read');
  assert.deepEqual([demo, machines.length], [true, 3]);
  assert.ok(machines.every(({ addresses: [address] }) => address.startsWith('127.0.0.1:')), JSON.stringify(machines));
  const [{ id, name, addresses }] = machines;
  assert.equal((await window.invoke('machine_probe', { id, address: addresses[0] })).kind, 'ok');
  const sample = await window.run(`
    const body = await window.__TAURI_INTERNALS__.invoke('machine_poll', { id: parameters[0] });
    return JSON.parse(new TextDecoder().decode(body)).machine;`, id);
  assert.deepEqual([sample.name, sample.demo], [name, true]);
  await until('the first one stands in for this computer, and is live', async () => /\d\s*%/.test(await window.text()));

  // The processes shown are not of this computer.
  const meant = { pid: 4242, startedAtMs: 1, signal: 'kill', name: 'x' };
  await assert.rejects(window.invoke('process_signal', meant), { code: 'forbidden', message: /recorded machine/ });
  assert.deepEqual(await window.invoke('machines_found', { after: 0 }), { version: 0, machines: [], announced: [], problem: null });

  await window.quit();
  let left;
  await until('nothing is left', async () => (left = await readdir(folder, { recursive: true })).length === 0).catch((error) => {
    throw new Error(`left behind: ${left.join(', ')}`, { cause: error });
  });
});
