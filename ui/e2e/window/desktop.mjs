/** A desktop of its own for a test: an X server without a screen and a session bus, ended when the test is. Nothing of
 *  the desktop that the test is started from is touched, and a Sightline that runs there is not found. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Starts the desktop; answers with the environment of the programs on it and with the way to end it. */
export async function startDesktop() {
  const home = await mkdtemp(join(tmpdir(), 'sightline-desktop-'));
  const runtime = { XDG_RUNTIME_DIR: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_CACHE_HOME: join(home, 'cache'), XDG_DATA_HOME: join(home, 'data') };
  const screen = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1400x900x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, ...runtime } });
  const programs = [screen, bus];
  const [display, address] = await Promise.all([firstLine(screen, screen.stdio[3], 'Xvfb'), firstLine(bus, bus.stdout, 'dbus-daemon')]);
  const { WAYLAND_DISPLAY: _, SIGHTLINE_DATA_DIR: __, SIGHTLINE_PORT: ___, ...inherited } = process.env;
  return {
    env: {
      ...inherited,
      ...runtime,
      DISPLAY: `:${display}`,
      DBUS_SESSION_BUS_ADDRESS: address,
      GDK_BACKEND: 'x11',
      // The locale of containers and minimal systems; WebKitGTK makes the language "C" of it, which Intl refuses.
      LC_ALL: 'C.UTF-8',
      // Without these a window waits for an accessibility bus, and screenshots are stale.
      NO_AT_BRIDGE: '1',
      WEBKIT_DISABLE_DMABUF_RENDERER: '1',
    },
    async end() {
      await Promise.all(programs.map((program) => endProgram(program)));
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Ends a program that this test started, by its own id. */
export async function endProgram(program, signal = 'SIGTERM') {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const ended = once(program, 'exit');
  program.kill(signal);
  await ended;
}

/** Waits until `check` answers with something other than `undefined`, `null` or `false`. */
export async function until(what, check, { patience = 20_000, pause = 100 } = {}) {
  const end = Date.now() + patience;
  for (let last; ; ) {
    try {
      const found = await check();
      if (found !== undefined && found !== null && found !== false) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${patience} ms in vain: ${what} (last: ${last})`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

async function firstLine(program, stream, name) {
  const lines = createInterface({ input: stream });
  const failed = once(program, 'error').then(([error]) => Promise.reject(new Error(`${name}: ${error.message}`)));
  const [line] = await Promise.race([once(lines, 'line'), failed]);
  return line;
}
