/** Drives the real window through WebKitWebDriver, by the W3C protocol and nothing between. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { endProgram, until } from './desktop.mjs';

/** Keys that write nothing, as WebDriver names them. */
export const KEY = { enter: '\uE007', down: '\uE015', delete: '\uE017' };

/** The window shuts down within 2 s; the rest is what a busy machine adds. */
const ENDS_MS = 10_000;
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** Starts a driver, and with it the window of `binary`. Its log is what the program wrote to standard error. */
export async function openWindow({ binary, args, env }) {
  const port = await freePort();
  const driver = spawn('WebKitWebDriver', ['--host=127.0.0.1', `--port=${port}`], {
    // The program inherits the driver's environment; this variable lets itself be driven.
    env: { ...env, TAURI_WEBVIEW_AUTOMATION: 'true' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let log = '';
  driver.stderr.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-100_000)));
  const base = `http://127.0.0.1:${port}`;
  await until('the driver answers', async () => (await fetch(`${base}/status`)).ok);
  // No browserName: the driver would look for one of that name.
  const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args } } };
  const { sessionId } = await call(base, 'POST', '/session', { capabilities }).catch(async (error) => {
    await endProgram(driver);
    throw new Error(`${error.message}\n${log}`);
  });
  const session = (method, path, body) => call(base, method, `/session/${sessionId}${path}`, body);
  await session('POST', '/timeouts', { script: 20_000, pageLoad: 20_000 });
  const [pid] = await children(driver.pid, args);

  return {
    pid,
    log: () => log,
    /** Runs `script`, the body of a function of `parameters`, in the page; a promise is waited for. */
    async run(script, ...parameters) {
      const outcome = await session('POST', '/execute/async', {
        script: `const done = arguments[arguments.length - 1];
          const parameters = [...arguments].slice(0, -1);
          (async (...parameters) => { ${script} })(...parameters).then((value) => done({ value }), (error) => done({ error }));`,
        args: parameters,
      });
      if ('error' in outcome) throw Object.assign(new Error(outcome.error?.message ?? String(outcome.error)), { code: outcome.error?.code });
      return outcome.value;
    },
    /** Calls a command of the window. */
    invoke(command, parameters = {}) {
      return this.run('return window.__TAURI_INTERNALS__.invoke(parameters[0], parameters[1])', command, parameters);
    },
    text: () => session('POST', '/execute/sync', { script: 'return document.body.innerText', args: [] }),
    url: () => session('GET', '/url'),
    /** Loads the page again. */
    reload: () => session('POST', '/refresh', {}),
    title: () => session('GET', '/title'),
    /** A real click, by the pointer, on the first element that an XPath finds; waits until there is one. */
    async click(xpath) {
      const element = await until(`${xpath} is there`, () => session('POST', '/element', { using: 'xpath', value: xpath }));
      await session('POST', `/element/${element[ELEMENT]}/click`, {});
    },
    /** Presses keys, one after the other, where the focus is. */
    async press(...keys) {
      const actions = keys.flatMap((value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }]);
      await session('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
    },
    screenshot: () => session('GET', '/screenshot'),
    /** Ends the program as the system would; fails where it is not gone in time. */
    async quit() {
      process.kill(pid, 'SIGTERM');
      await until('the program ends', () => hasEnded(pid), { patience: ENDS_MS, pause: 20 });
      await session('DELETE', '').catch(() => undefined);
      await endProgram(driver);
    },
    /** Whatever is left, however the test went. */
    async abandon() {
      if (!(await hasEnded(pid))) process.kill(pid, 'SIGKILL');
      await endProgram(driver, 'SIGKILL');
    },
  };
}

async function call(base, method, path, body) {
  const answer = await fetch(base + path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const { value } = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
  return value;
}

/** The programs that `parent` started with these arguments. */
async function children(parent, args) {
  const ids = (await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8')).trim().split(' ');
  const lines = await Promise.all(ids.map(async (id) => [Number(id), await readFile(`/proc/${id}/cmdline`, 'utf8')]));
  return lines.filter(([, line]) => args.every((arg) => line.includes(arg))).map(([id]) => id);
}

/** Gone, or ended and not yet noticed by its parent. */
async function hasEnded(pid) {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return status === null || /\) [ZX] /.test(status);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
