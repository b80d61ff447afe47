/** A paired machine that turned hostile, in the real window: the window stays usable, shows the cause, and reconnects when
 *  the machine behaves again. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startDesktop, until } from './desktop.mjs';
import { openWindow } from './driver.mjs';
import { insideNetwork, makeNetwork } from './network.mjs';

const BINARY = process.env.SIGHTLINE_BIN ?? fileURLToPath(new URL('../../../target/debug/sightline', import.meta.url));
/** Port of the hostile server, a relay before the agent's own. */
const BAD_PORT = 7445;
/** A page that takes longer to answer is not usable. Generous: debug build, drawn by the CPU, two cores. */
const RESPONSIVE_MS = 5_000;

if (insideNetwork(test, 'a hostile machine, in a network of its own', import.meta.url)) {
  let desktop;
  let network;
  let folder;
  let window;
  let server;
  let machine;

  before(async () => {
    network = makeNetwork();
    desktop = await startDesktop();
    folder = await mkdtemp(join(tmpdir(), 'sightline-hostile-'));
    const computer = network.computer(3);
    const agent = await computer.agent();
    // Else the window would hear of the address behind the hostile server, and connect there.
    computer.forbid(agent.port);
    server = await computer.program(process.execPath, fileURLToPath(new URL('hostile-server.mjs', import.meta.url)), String(BAD_PORT), String(agent.port), agent.dataDir);
    window = await openWindow({ binary: BINARY, args: ['--data-dir', folder], env: desktop.env });
    await until('the page is up', async () => (await window.run('return document.readyState')) === 'complete');
    machine = await window.invoke('machine_pair', { link: agent.invite().replace(`:${agent.port}/`, `:${BAD_PORT}/`) });
    assert.equal(machine.addresses[0], `192.168.94.3:${BAD_PORT}`);
    await window.reload();
    await show('overview');
    await live();
    network.also = agent;
  });

  after(async () => {
    await window?.abandon();
    server?.end();
    await network?.also?.stop();
    await desktop?.end();
    network?.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  const header = () => window.run(`return document.querySelector('header')?.innerText ?? ''`);
  const show = (view) => window.run(`location.hash = '#/m/${machine.id}/${view}'`);
  const live = () => until('the machine is live', async () => /Live/.test(await header()), { patience: 45_000 });
  /** The page answers, and no injected script ran. */
  const responsive = async () => {
    const began = performance.now();
    const run = await window.run(`await new Promise((done) => setTimeout(done)); return window.__pwned ?? 'nothing'`);
    const took = performance.now() - began;
    assert.equal(run, 'nothing');
    assert.ok(took < RESPONSIVE_MS, `the page took ${Math.round(took)} ms to answer`);
  };
  const back = async () => {
    server.say('honest');
    await live();
    assert.match(await window.text(), /CPU/);
  };

  for (const [attack, why] of [
    ['huge', /over the size limit/],
    ['nonsense', /an invalid message/],
    ['claim', /over the size limit/],
  ]) {
    test(`${attack}: it is disconnected, the reason is shown, and it reconnects afterwards`, async () => {
      await window.run(`window.__states = []; window.__watch ??= new MutationObserver(() => window.__states.push(document.querySelector('main')?.innerText.slice(0, 2_000) + [...document.querySelectorAll('[title]')].map((it) => it.title).join())); window.__watch.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true })`);
      server.say(attack);
      await until('it is not live', async () => !/Live/.test(await header()), { patience: 45_000 });
      await responsive();
      await until('the reason is shown', () => window.run(`return window.__states.some((text) => new RegExp(parameters[0]).test(text))`, why.source), { patience: 30_000 });
      await window.run('window.__watch.disconnect(); window.__watch = undefined');
      await back();
    });
  }

  test('nested lists are no message, and have no effect', async () => {
    server.say('deep');
    await responsive();
    await back();
  });

  test('a flood of messages leaves the page usable', async () => {
    server.say('flood');
    for (let round = 0; round < 5; round++) await responsive();
    await back();
  });

  test('texts with markup, direction marks or zero-width characters are text in every view', async () => {
    server.say('names');
    await until('such a text is there', async () => (await window.text()).includes('<img src=x'), { patience: 45_000 });
    for (const view of ['overview', 'processes', 'overview']) {
      await show(view);
      await responsive();
    }
    await window.run(`location.hash = '#/fleet'`);
    await until('Fleet is there', async () => (await window.text()).includes('Compare'));
    await responsive();
    const signs = await window.run(`return /[\\u202A-\\u202E\\u2066-\\u2069\\u200B]/.test(document.body.innerText + document.title)`);
    assert.equal(signs, false, 'no character that hides or reorders text is drawn');
    assert.equal(await window.run(`return document.querySelectorAll('img[src="x"]').length`), 0);
    await show('overview');
  });
}
