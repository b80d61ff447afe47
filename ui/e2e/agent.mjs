/** A real agent for a test: started on a port of its own with a data folder of its own, ended when the test is. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BUILT = fileURLToPath(new URL(`../../target/debug/sightline-agent${process.platform === 'win32' ? '.exe' : ''}`, import.meta.url));
const ANNOUNCED = /^Sightline is at (http:\S+)$/;

/** Starts an agent and waits until it prints its address. `dataDir` is kept if it was given; `env` adds to our own. */
export async function startAgent({ port = 0, dataDir, env = {} } = {}) {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'sightline-test-')));
  const child = spawn(process.env.SIGHTLINE_AGENT ?? BUILT, ['serve', '--port', String(port), '--data-dir', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-20_000)));
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const announced = ANNOUNCED.exec(line);
      if (announced) resolve(announced[1]);
    });
    void ended.then((how) => reject(new Error(`the agent ended before it listened (${how}):\n${log}`)));
  });
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid,
    dataDir: folder,
    log: () => log,
    /** Ends it and answers with its exit code, or the signal that it died of. */
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const how = await ended;
      if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
      return how;
    },
  };
}
