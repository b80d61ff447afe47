/** The real window, from the outside: the program that people start, WebKit in it, its files on disk.
 *
 *  `node --test ui/e2e/window/` on Linux, with SIGHTLINE_BIN naming a binary that holds the page (feature
 *  `custom-protocol`). It needs WebKitWebDriver, Xvfb and dbus-daemon, and takes no display. What the browser can test
 *  is tested there; here is only what a window adds. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { endProgram, startDesktop, until } from './desktop.mjs';
import { KEY, openWindow } from './driver.mjs';

const BINARY = process.env.SIGHTLINE_BIN ?? fileURLToPath(new URL('../../../target/debug/sightline', import.meta.url));

/** Reads one key frame of the process table through a session of its own, as the page does, and answers with the row. */
const FIND_PROCESS = `
  const [pid] = parameters;
  const { invoke } = window.__TAURI_INTERNALS__;
  const session = crypto.randomUUID();
  const send = (message) => invoke('send', new TextEncoder().encode(JSON.stringify(message)), { headers: { session } });
  for (let pulls = 0; pulls < 20; pulls++) {
    const lines = new TextDecoder().decode(await invoke('next', { session })).split('\\n').filter(Boolean);
    for (const message of lines.map((line) => JSON.parse(line))) {
      if (message.type === 'connected') await send({ type: 'subscribe', channels: ['processes'] });
      if (message.type !== 'frame') continue;
      const columns = message.key ? message.data.columns : window.__columns;
      window.__columns = columns;
      const row = (message.key ? message.data.rows : message.data.added).find((row) => row[columns.indexOf('pid')] === pid);
      if (row) return Object.fromEntries(columns.map((column, at) => [column, row[at]]));
    }
  }
  return null;`;

let desktop;
let open;
let folder;

before(async () => {
  desktop = await startDesktop();
  folder = await mkdtemp(join(tmpdir(), 'sightline-window-'));
});

after(async () => {
  await open?.abandon();
  await desktop?.end();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Opens the window on a data folder, ends it with the test whatever happens. */
async function start(t, name, ...args) {
  const dataDir = join(folder, name);
  open = await openWindow({ binary: BINARY, args: ['--data-dir', dataDir, ...args], env: desktop.env });
  const window = open;
  t.after(() => window.abandon());
  await until('the page is up', async () => (await window.run('return document.readyState')) === 'complete');
  return { window, dataDir };
}

test('the window opens on its own page, and draws', async (t) => {
  const { window } = await start(t, 'opens');
  assert.match(await window.url(), /^tauri:\/\/localhost/);
  assert.match(await window.title(), /Sightline/);
  await until('the page says what it shows', async () => (await window.text()).includes('CPU'));
  await until('the window is in sight', () => window.run('return !document.hidden && innerWidth >= 360'));
  const picture = Buffer.from(await window.screenshot(), 'base64');
  assert.ok(picture.length > 5_000, `a blank window makes a small picture: ${picture.length} bytes`);
});

test('live figures arrive over IPC, without falling back to messages', async (t) => {
  const { window } = await start(t, 'live');
  const first = await until('figures are there', async () => /\d+(\.\d+)?\s*%/.test(await window.text()) && window.text());
  await until('they change', async () => (await window.text()) !== first);
  // Calls that WebKit or the content policy refuses over ipc: fall back silently to the slow window.ipc.postMessage.
  const posted = await window.run(`
    const { invoke } = window.__TAURI_INTERNALS__;
    const session = crypto.randomUUID();
    const greeting = await invoke('next', { session });
    return { raw: greeting instanceof ArrayBuffer, ipc: performance.getEntriesByType('resource').filter((entry) => entry.name.startsWith('ipc:')).length };`);
  assert.equal(posted.raw, true, 'frames come as raw bytes');
  assert.ok(!window.log().includes('ipc protocol is blocked'), window.log());
  assert.ok(!window.log().includes('Refused to'), 'nothing was refused by the content policy');
});

test('the content policy lets the page work and nothing else in', async (t) => {
  const { window } = await start(t, 'policy');
  const refused = await window.run(`
    const refused = [];
    document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
    const script = document.createElement('script');
    // An engine that enforces trusted types throws.
    try { script.textContent = 'window.injected = true'; } catch {}
    document.body.append(script);
    try { document.body.insertAdjacentHTML('beforeend', '<p id="styled" style="color: red">x</p>'); } catch {}
    await new Promise((resolve) => setTimeout(resolve, 0));
    return { refused, injected: window.injected ?? false };`);
  assert.equal(refused.injected, false);
  assert.ok(refused.refused.some((directive) => /^script-src|^require-trusted-types-for/.test(directive)), JSON.stringify(refused));
  await assert.rejects(window.invoke('plugin:store|load', { path: '/etc/passwd' }), /not allowed|not found/);
  await window.run(`location.href = 'https://example.org/'`);
  assert.match(await window.url(), /^tauri:\/\/localhost/, 'the page may not lead elsewhere');
});

test('a preference survives a restart', async (t) => {
  const { window, dataDir } = await start(t, 'kept');
  await window.click('//a[contains(., "Settings")]');
  await window.click('//*[@aria-label="Theme"]//button[normalize-space()="Dark"]');
  await until('it is kept', async () => (await window.invoke('preferences_read')).theme === 'dark');
  await window.quit();
  // WebKit's storage is gone: only the file has the preferences.
  await rm(join(dataDir, 'webview'), { recursive: true, force: true, maxRetries: 5 });
  const again = (await start(t, 'kept')).window;
  await until('the theme is there again', () => again.run(`return document.documentElement.dataset.theme === 'dark'`));
});

test('preferences that cannot be read are kept aside, and a notice is shown', async (t) => {
  const dataDir = join(folder, 'unreadable');
  await mkdir(dataDir);
  await writeFile(join(dataDir, 'preferences.json'), '{"theme":"da');
  const { window } = await start(t, 'unreadable');
  await until('the page says so', async () => (await window.text()).includes('preferences.json could not be read'));
  const aside = (await readdir(dataDir)).find((name) => name.startsWith('preferences.json.unreadable-'));
  assert.equal(await readFile(join(dataDir, aside), 'utf8'), '{"theme":"da');
});

test('the backup is used in place of a truncated file', async (t) => {
  const { window, dataDir } = await start(t, 'half');
  await window.invoke('preferences_write', { preferences: { theme: 'light' } });
  await window.quit();
  await writeFile(join(dataDir, 'preferences.json'), '{"the');
  await rm(join(dataDir, 'webview'), { recursive: true, force: true, maxRetries: 5 });
  const again = (await start(t, 'half')).window;
  assert.equal((await again.invoke('preferences_read')).theme, 'light');
});

test('a second launch brings the first to the front and ends', async (t) => {
  const { window } = await start(t, 'first');
  const second = spawn(BINARY, ['--data-dir', join(folder, 'second')], { env: desktop.env, stdio: 'ignore' });
  t.after(() => endProgram(second, 'SIGKILL'));
  const [code] = await once(second, 'exit', { signal: AbortSignal.timeout(10_000) });
  assert.equal(code, 0);
  await until('the first is notified', () => window.log().includes('launched a second time'));
  assert.equal(await window.run('return document.hidden'), false);
});

test('a port that is taken is reported, and the window opens', async (t) => {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address();
  // Nobody can connect until sharing is on: here it was, the last time.
  await mkdir(join(folder, 'taken'), { recursive: true });
  await writeFile(join(folder, 'taken', 'access.json'), JSON.stringify({ reach: 'local' }), { mode: 0o600 });
  const { window } = await start(t, 'taken', '--port', String(port));
  await until('the page says so', async () => (await window.text()).includes(`port ${port} is taken`));
});

test('the process that is meant is ended, and one with another start time is left alone', async (t) => {
  const sleeper = spawn('sleep', ['600'], { stdio: 'ignore' });
  t.after(() => endProgram(sleeper, 'SIGKILL'));
  const { window } = await start(t, 'act');
  const row = await window.run(FIND_PROCESS, sleeper.pid);
  assert.equal(row?.name, 'sleep');
  const meant = { pid: sleeper.pid, startedAtMs: row.startedAtMs, signal: 'terminate' };

  const refused = window.invoke('process_signal', { ...meant, startedAtMs: row.startedAtMs - 60_000, name: 'sleep' });
  await assert.rejects(refused, { code: 'notFound', message: 'sleep ended before it could be stopped. Nothing was sent.' });
  await assert.rejects(window.invoke('process_signal', { ...meant, pid: 1 }), { code: 'forbidden' });
  await assert.rejects(window.invoke('process_signal', { ...meant, pid: window.pid }), { code: 'forbidden' });
  assert.equal(sleeper.exitCode, null, 'it still runs');
  assert.equal(sleeper.signalCode, null, 'it still runs');

  const ended = once(sleeper, 'exit');
  await window.invoke('process_signal', meant);
  assert.deepEqual(await ended, [null, 'SIGTERM']);
});

test('a process is ended from the table: found, chosen, asked about, ended', async (t) => {
  const sleeper = spawn('sleep', ['600'], { stdio: 'ignore' });
  t.after(() => endProgram(sleeper, 'SIGKILL'));
  const { window } = await start(t, 'end');
  await window.click('//nav//a[contains(., "Processes")]');
  await window.click('//*[@role="searchbox"]');
  await window.press(...`pid=${sleeper.pid}`);
  await until('the table shows it alone', () => window.run(`
    const rows = [...document.querySelectorAll('[role=row][aria-selected]')];
    return rows.length === 1 && rows[0].textContent.includes('sleep');`));
  await window.press(KEY.enter, KEY.down, KEY.delete);
  await until('it is asked about', async () => (await window.text()).includes('End sleep?'));
  const ended = once(sleeper, 'exit');
  await window.click('//*[@role="dialog" or self::dialog]//button[normalize-space()="End"]');
  assert.deepEqual(await ended, [null, 'SIGTERM']);
});
