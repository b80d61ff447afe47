/** Other machines, seen from the real window: agents on computers of their own, in a network that is made for the test. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startDesktop, until } from './desktop.mjs';
import { KEY, openWindow } from './driver.mjs';
import { insideNetwork, makeNetwork } from './network.mjs';

const BINARY = process.env.SIGHTLINE_BIN ?? fileURLToPath(new URL('../../../target/debug/sightline', import.meta.url));

/** What the window's program finds at a machine by its token: both sides have proven who they are. */
const LOOK = `
  const [id, address] = parameters;
  const { invoke } = window.__TAURI_INTERNALS__;
  const { kind } = await invoke('machine_probe', { id, address });
  const body = await invoke('machine_poll', { id });
  const { machine, series } = JSON.parse(new TextDecoder().decode(body instanceof ArrayBuffer ? body : Uint8Array.from(body)));
  return { proven: kind === 'ok', name: machine.name, figures: series.length > 0 };`;

if (insideNetwork(test, 'other machines, in a network of their own', import.meta.url)) {
  let desktop;
  let network;
  let folder;
  let open;

  before(async () => {
    network = makeNetwork();
    desktop = await startDesktop();
    folder = await mkdtemp(join(tmpdir(), 'sightline-machines-'));
  });

  after(async () => {
    await open?.abandon();
    await desktop?.end();
    network?.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Opens the window on a data folder, ends it with the test whatever happens. */
  const start = async (t, name) => {
    const dataDir = join(folder, name);
    open = await openWindow({ binary: BINARY, args: ['--data-dir', dataDir], env: desktop.env });
    const window = open;
    t.after(() => window.abandon());
    await until('the page is up', async () => (await window.run('return document.readyState')) === 'complete');
    return { window, dataDir };
  };

  /** An agent on a computer of its own, ended with the test. */
  const machine = async (t, number, options) => {
    const computer = network.computer(number);
    const agent = await computer.agent(options);
    t.after(() => agent.stop());
    return { computer, agent };
  };

  test('a machine is paired by its link, shown, renamed, stored and removed', async (t) => {
    const { agent } = await machine(t, 2);
    const { window, dataDir } = await start(t, 'paired');
    assert.deepEqual(await window.invoke('machines_read'), { machines: [], demo: false });

    const paired = await window.invoke('machine_pair', { link: agent.invite() });
    assert.equal(paired.addresses[0], '192.168.94.2:7444');
    assert.equal(paired.scope, 'processes');
    assert.equal(paired.family, 'linux');
    assert.ok(paired.name !== '' && paired.os !== '' && paired.lastSeenMs >= paired.addedAtMs, JSON.stringify(paired));
    assert.match(agent.viewers()[0].name, /^Sightline on /);

    const seen = await window.run(LOOK, paired.id, paired.addresses[0]);
    assert.deepEqual(seen, { proven: true, name: paired.name, figures: true });

    const renamed = { ...paired, name: ' the cellar ', tags: ['home'] };
    const { machines } = await window.invoke('machines_save', { machines: [renamed] });
    assert.deepEqual([machines[0].name, machines[0].tags], ['the cellar', ['home']]);
    await assert.rejects(window.invoke('machines_save', { machines: [renamed, { ...paired, id: 'another' }] }), { code: 'badParams', message: `${paired.name} is not one of your machines; pair with it to add it.` });

    await window.quit();
    // This desktop has no keyring: the token is in the file that is meant for it.
    const secret = Object.values(JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8')))[0].split('.')[1];
    assert.match(secret, /^[0-9a-f]{64}$/);
    assert.deepEqual(await holding(dataDir, secret), ['secrets.json', 'secrets.json.bak']);

    // The list is not in WebKit's storage.
    await rm(join(dataDir, 'webview'), { recursive: true, force: true, maxRetries: 5 });
    const again = (await start(t, 'paired')).window;
    assert.equal((await again.invoke('machines_read')).machines[0].name, 'the cellar');
    assert.equal((await again.run(LOOK, paired.id, paired.addresses[0])).proven, true, 'the token is found again');

    assert.deepEqual(await again.invoke('machines_save', { machines: [] }), { machines: [], demo: false });
    await until('the token is nowhere', async () => (await holding(dataDir, secret)).length === 0);
    await assert.rejects(again.invoke('machine_poll', { id: paired.id }), { code: 'notFound' });
  });

  test('a pasted link shows the machine live; after a loss the cause is shown, and it reconnects with one session', async (t) => {
    const computer = network.computer(7);
    const dataDir = join(folder, 'far');
    let agent = await computer.agent({ dataDir });
    t.after(() => agent.stop());
    const { window } = await start(t, 'pasted');
    await window.click('//button[contains(., "Find anything")]');
    await until('the palette is open', () => window.run(`return document.activeElement?.tagName === 'INPUT'`));
    await window.press(...'add a machine');
    await until('it is offered', async () => (await window.text()).includes('Add a machine'));
    await window.press(KEY.enter);
    await window.click('//label[contains(., "By pairing link")]');
    await window.press(...agent.invite(), KEY.enter);
    await until('the page is on the machine', async () => (await window.url()).includes('#/m/'));
    await until('it is live', async () => (await pill(window)).includes('Live') && (await window.text()).includes('192.168.94.7'));
    const first = await window.text();
    await until('its figures change', async () => /\d %/.test(first) && (await window.text()) !== first);

    let counts = countSessions(agent);
    await window.reload();
    await until('the page is there again, on the same machine', async () => (await window.text()).includes('192.168.94.7'));
    await until('it is live again', async () => (await pill(window)).includes('Live'));
    await counts.stop();
    assert.deepEqual([counts.last(), counts.most()], [1, 1], 'one session, before and after');

    await agent.stop('SIGKILL');
    await until('it is lost', async () => /Reconnecting|Stale|Offline/.test(await pill(window)));
    agent = await computer.agent({ dataDir });
    await until('it is back', async () => (await pill(window)).includes('Live'), { patience: 40_000 });
    await agent.stop();
    await until('the close reason is shown', async () => /[Ss]hut down/.test(await pill(window)));
    agent = await computer.agent({ dataDir });
    await until('it is back from that', async () => (await pill(window)).includes('Live'), { patience: 40_000 });

    // Half open: neither side gets a FIN or RST.
    computer.plug(false);
    await until('its silence is noticed', async () => !(await pill(window)).includes('Live'));
    computer.plug(true);
    await until('it is back on the network', async () => (await pill(window)).includes('Live'), { patience: 40_000 });
  });

  test('a machine with a self-signed certificate is live: stream, processes, requests', async (t) => {
    const dataDir = join(folder, 'encrypted-far');
    const { computer, agent } = await machine(t, 31, { dataDir });
    agent.share();
    agent.encrypt();
    const { window } = await start(t, 'encrypted');
    const paired = await window.invoke('machine_pair', { link: agent.invite() });
    assert.deepEqual([paired.secure, paired.addresses[0]], [true, '192.168.94.31:7444']);
    const engine = await window.run(`
      const refused = new Promise((resolve) => document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => resolve(effectiveDirective), { once: true }));
      try { new WebSocket('wss://' + parameters[0] + '/api/v1/stream'); } catch { /* The engine may throw as well. */ }
      return refused;`, paired.addresses[0]);
    assert.equal(engine, 'connect-src', 'the page itself connects to nothing');
    // The page opens connections to its machines only.
    for (const address of ['192.168.94.1:9', '192.168.94.31:22', 'example.org:443']) {
      await assert.rejects(window.invoke('machine_socket_open', { page: 'test', socket: 1, id: paired.id, address }), { code: 'forbidden' });
    }
    await assert.rejects(window.invoke('machine_socket_open', { page: 'test', socket: 1, id: 'another', address: paired.addresses[0] }), { code: 'notFound' });

    await window.reload();
    await window.run(`location.hash = '#/m/' + parameters[0] + '/processes'`, paired.id);
    const isLive = async () => (await pill(window)).includes('Live') && (await window.text()).includes('192.168.94.31');
    await until('it is live', isLive, { patience: 40_000 });
    // Polled machines have no process table.
    await until('its processes are listed', async () => (await window.text()).includes('sightline-agent'));
    const counts = countSessions(agent);
    await window.reload();
    await until('it is live again', isLive, { patience: 40_000 });
    // A count that began before the session did may be outdated.
    await until('its session is counted', () => counts.last() === 1);
    await counts.stop();
    assert.equal(counts.most(), 1, 'one session, before and after');

    await agent.stop();
    await until('the close reason is shown', async () => /[Ss]hut down/.test(await pill(window)));
    for (const file of ['certificate.key', 'certificate.pem']) await rm(join(dataDir, file));
    const other = await computer.agent({ dataDir });
    t.after(() => other.stop());
    await until('its other key is shown', async () => (await window.text()).includes('shows another key than when it was paired'), { patience: 60_000 });
    assert.ok(!/disconnected unexpectedly|[Ss]hut down/.test(await window.text()));
    await window.click('//button[text()="Pair…"]');
    await until('it can be paired again', async () => (await window.text()).includes('The same digits on both screens'));
  });

  test('two machines of one name are distinct, and one that moves to another address is found there', async (t) => {
    const [first, second] = [await machine(t, 21), await machine(t, 22)];
    const { window } = await start(t, 'twins');
    const ids = [];
    for (const { agent } of [first, second]) ids.push((await window.invoke('machine_pair', { link: agent.invite() })).id);
    const names = (await window.invoke('machines_read')).machines.map(({ name }) => name);
    assert.deepEqual([names[0], ids[0] === ids[1]], [names[1], false], 'one name, two machines');
    await window.reload();
    for (const [index, id] of ids.entries()) {
      await window.run(`location.hash = '#/m/' + parameters[0] + '/overview'`, id);
      await until('the right one is live', async () => (await pill(window)).includes('Live') && (await window.text()).includes(`192.168.94.${21 + index}`));
    }

    const moved = second.computer.move(23);
    await until('it is live where it is now', async () => (await pill(window)).includes('Live') && (await window.text()).includes(moved), { patience: 60_000 });
    await until('that is remembered', async () => (await window.invoke('machines_read')).machines[1].addresses[0] === `${moved}:7444`);
    assert.equal((await window.invoke('machines_read')).machines[0].addresses[0], '192.168.94.21:7444', 'the other one stays where it is');
  });

  test('a machine is watched over one session, whoever holds it', async (t) => {
    const { agent } = await machine(t, 4);
    const { window } = await start(t, 'watched');
    const { id, addresses } = await window.invoke('machine_pair', { link: agent.invite() });
    await window.invoke('machines_take');
    const counts = countSessions(agent);
    t.after(() => counts.stop());

    // Simulates a page that hangs: no more pulls.
    const page = await webProcess(window.pid);
    process.kill(page, 'SIGSTOP');
    t.after(() => process.kill(page, 'SIGCONT'));
    await until('the program watches it', () => counts.last() === 1, { patience: 25_000 });
    process.kill(page, 'SIGCONT');
    const [watched, ...more] = await window.invoke('machines_take');
    assert.deepEqual([watched.id, watched.live, watched.goodbye, more], [id, true, null, []]);
    assert.ok(watched.lastSeenMs > Date.now() - 70_000);
    await counts.next();
    assert.equal(counts.last(), 0, 'the session is closed when the page may open its own');
    assert.equal((await window.run(LOOK, id, addresses[0])).proven, true);

    // Without a request for all of them: a proof means that a link is being opened.
    process.kill(page, 'SIGSTOP');
    await until('the program watches it again', () => counts.last() === 1, { patience: 25_000 });
    process.kill(page, 'SIGCONT');
    assert.equal((await window.run(LOOK, id, addresses[0])).proven, true);
    await counts.stop();
    assert.equal(counts.most(), 1, 'never two sessions at once');

    process.kill(page, 'SIGSTOP');
    await until('it watches once more', () => agent.viewers()[0].connected === 1, { patience: 25_000, pause: 500 });
    process.kill(page, 'SIGCONT');
    await window.quit();
    await until('nobody is left', () => agent.viewers()[0].connected === 0);
  });

  test('a machine is paired by digits that both screens show, if both people confirm them', async (t) => {
    const { agent } = await machine(t, 5);
    const { window } = await start(t, 'compared');
    agent.share();
    /** Compares as often as it takes to see the same digits at both ends, and returns them and the outcome. */
    const compare = async (same, allow) => {
      const { ticket, digits, machineName } = await window.invoke('machine_compare', { address: '192.168.94.5' });
      assert.match(digits, /^\d{6}$/);
      const ended = window.invoke('machine_compare_end', { ticket, same }).then((value) => ({ value }), ({ code, message }) => ({ code, message }));
      const asked = same ? await agent.answer(allow) : null;
      if (same) assert.equal(asked.compare, digits, 'both screens show the same');
      return { machineName, ...(await ended) };
    };
    assert.equal((await compare(false)).value, null);
    const refused = await compare(true, false);
    assert.deepEqual([refused.code, /said no/.test(refused.message)], ['forbidden', true], JSON.stringify(refused));
    assert.deepEqual((await window.invoke('machines_read')).machines, []);
    const { value: paired, machineName } = await compare(true, true);
    assert.deepEqual([paired.name, paired.addresses, paired.family], [machineName, ['192.168.94.5:7444'], 'linux']);
    assert.equal((await window.run(LOOK, paired.id, paired.addresses[0])).proven, true);
    await assert.rejects(window.invoke('machine_compare_end', { ticket: 'none', same: true }), { code: 'notFound' });
  });

  test('a probe finds why a machine cannot be watched, and it is polled without a socket', async (t) => {
    const { agent, computer } = await machine(t, 6);
    const { window } = await start(t, 'probed');
    const { id } = await window.invoke('machine_pair', { link: agent.invite() });
    const probe = async (address, known = null) => (await window.invoke('machine_probe', { id: known, address })).kind;
    assert.equal(await probe('192.168.94.6', id), 'ok');
    assert.equal(await probe('192.168.94.6'), 'toPair');
    assert.equal(await probe('192.168.94.6:9', id), 'wrongPort');
    assert.equal(await probe('192.168.94.1:9', id), 'refused');
    assert.equal(await probe('nobody.invalid:7444', id), 'nameNotFound');
    await assert.rejects(window.invoke('machine_probe', { id: null, address: 'a b' }), { code: 'badParams' });

    const polled = await window.run(`
      const body = await window.__TAURI_INTERNALS__.invoke('machine_poll', { id: parameters[0] });
      return { raw: body instanceof ArrayBuffer, sample: JSON.parse(new TextDecoder().decode(body)) };`, id);
    assert.equal(polled.raw, true);
    assert.ok(Math.abs(polled.sample.sampledAtMs - Date.now()) < 10_000, Object.keys(polled.sample).join());

    const [viewer] = agent.viewers();
    agent.revoke(viewer.id);
    assert.equal(await probe('192.168.94.6', id), 'revoked');
    await assert.rejects(window.invoke('machine_poll', { id }), { code: 'unauthorized' });
    computer.plug(false);
    assert.equal(await probe('192.168.94.6', id), 'noAnswer');
    await assert.rejects(window.invoke('machine_poll', { id: 'another' }), { code: 'notFound' });
  });

  test('for a link that leads nowhere, or is none, the error is shown', async (t) => {
    const { window } = await start(t, 'nowhere');
    await assert.rejects(window.invoke('machine_pair', { link: 'hello' }), { code: 'badParams', message: /^This is no link of Sightline/ });
    const nowhere = 'http://192.168.94.1:7444/#p=AAAAAAAAAAAAAAAAAAAAAA';
    await assert.rejects(window.invoke('machine_pair', { link: nowhere }), { code: 'unavailable', message: /192\.168\.94\.1:7444.*Is the machine on/ });
    assert.deepEqual((await window.invoke('machines_read')).machines, []);
  });

  test('a truncated list is kept aside, its backup used, and a notice shown', async (t) => {
    const { agent } = await machine(t, 3);
    const { window, dataDir } = await start(t, 'half');
    const { id } = await window.invoke('machine_pair', { link: agent.invite() });
    await window.quit();
    await writeFile(join(dataDir, 'machines.json'), '{"machines":[{"id"');
    const again = (await start(t, 'half')).window;
    assert.deepEqual((await again.invoke('machines_read')).machines.map((machine) => machine.id), [id]);
    assert.ok((await readdir(dataDir)).some((name) => name.startsWith('machines.json.unreadable-')));
    await until('the page says so', async () => (await again.text()).includes('machines.json could not be read'));
  });
}

/** Text of the pills: how fresh the figures are. */
function pill(window) {
  return window.run(`return [...document.querySelectorAll('.pill')].map((pill) => pill.innerText).join(' | ')`);
}

/** Polls how many sessions an agent has. */
function countSessions(agent) {
  const seen = [];
  let going = true;
  let polled = () => undefined;
  const looking = (async () => {
    while (going) {
      seen.push(agent.viewers().reduce((sum, viewer) => sum + viewer.connected, 0));
      polled();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return {
    last: () => seen.at(-1),
    most: () => Math.max(...seen),
    /** Resolves after the next poll that begins from now on. */
    async next() {
      for (const wanted = seen.length + 2; seen.length < wanted; ) await new Promise((resolve) => (polled = resolve));
    },
    async stop() {
      going = false;
      await looking;
    },
  };
}

/** The program that runs the page of a window. */
async function webProcess(parent) {
  const children = (await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8')).trim().split(' ');
  for (const child of children) {
    if ((await readFile(`/proc/${child}/cmdline`, 'utf8')).includes('WebKitWebProcess')) return Number(child);
  }
  throw new Error('the window has no web process');
}

/** Files below `folder` that hold `text`. */
async function holding(folder, text) {
  const names = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const content = await readFile(join(entry.parentPath ?? entry.path, entry.name), 'utf8').catch(() => '');
    if (content.includes(text)) names.push(entry.name);
  }
  return names.sort();
}
