/** A network of a test's own: a bridge in a network namespace, and computers at it, each in a namespace of its own.
 *
 *  A test file that needs it runs itself once more inside such a namespace, so that nothing of it touches the network
 *  of this computer. Needs root, as `ip netns` does. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { lack } from '../lack.mjs';
import { endProgram } from './desktop.mjs';

const AGENT = process.env.SIGHTLINE_AGENT ?? fileURLToPath(new URL('../../../target/debug/sightline-agent', import.meta.url));
/** The script that plays the owner at a machine. */
const OWNER = fileURLToPath(new URL('answer.mjs', import.meta.url));
const INSIDE = 'SIGHTLINE_TEST_NETWORK';
/** The address of the computer with the window. */
const DESKTOP = '192.168.94.1';

/** Whether this file runs inside a network of its own; else runs it there, as one test of this name. */
export function insideNetwork(test, name, file) {
  if (process.env[INSIDE] !== undefined) return true;
  const possible = spawnSync('unshare', ['--net', 'ip', 'netns', 'list'], { stdio: 'ignore' }).status === 0;
  test(name, async (t) => {
    if (!possible) return t.skip(lack('network namespaces'));
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = spawn('unshare', ['--net', process.execPath, '--test', '--test-reporter=spec', fileURLToPath(file)], {
      env: { ...env, [INSIDE]: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
    if (code !== 0) throw new Error(output);
  });
  return false;
}

/** The network: the computer with the window is at it from the beginning. */
export function makeNetwork() {
  const names = [];
  ip('link set lo up');
  ip('link add bridge type bridge');
  ip(`address add ${DESKTOP}/24 dev bridge`);
  ip('link set bridge up');
  return {
    /** A computer `192.168.94.<number>` on which nothing runs yet. */
    computer(number) {
      const [namespace, cable] = [`sightline-${process.pid}-${number}`, `cable${number}`];
      const address = `192.168.94.${number}`;
      ip(`netns add ${namespace}`);
      names.push(namespace);
      ip(`-n ${namespace} link set lo up`);
      ip(`link add ${cable} type veth peer name eth0 netns ${namespace}`);
      ip(`link set ${cable} master bridge up`);
      ip(`-n ${namespace} address add ${address}/24 dev eth0`);
      ip(`-n ${namespace} link set eth0 up`);
      return {
        address,
        /** Gives it another address in place of the one it has, as a router does; what the new one is. */
        move(to) {
          ip(`-n ${namespace} address del ${address}/24 dev eth0`);
          ip(`-n ${namespace} address add 192.168.94.${to}/24 dev eth0`);
          return `192.168.94.${to}`;
        },
        /** Pulls the cable, or plugs it in again. */
        plug: (there) => ip(`link set ${cable} ${there ? 'up' : 'down'}`),
        /** Starts an agent there that is shared on the network. */
        agent: (options) => startAgent(namespace, options),
        /** Blocks connections of the computer with the window to a port of this one. */
        forbid: (port) => ip(`rule add ipproto tcp to ${address} dport ${port} prohibit`),
        /** Starts a program there, and waits until it prints `ready`. */
        program: (...command) => startProgram(namespace, command),
      };
    },
    end() {
      for (const name of names) ip(`netns delete ${name}`);
    },
  };
}

/** A program in a namespace, which takes commands on its standard input. */
async function startProgram(namespace, command) {
  const child = spawn('ip', ['netns', 'exec', namespace, ...command], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => line === 'ready' && resolve());
    child.once('error', reject).once('exit', (code) => reject(new Error(`${command.join(' ')} ended (${code})`)));
  });
  return { say: (word) => child.stdin.write(`${word}\n`), end: () => child.stdin.end() };
}

/** An agent in a namespace, shared there. `dataDir` is kept if it was given. */
async function startAgent(namespace, { port = 7444, dataDir } = {}) {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'sightline-far-')));
  const there = (...args) => ['netns', 'exec', namespace, AGENT, ...args, '--port', String(port), '--data-dir', folder];
  const child = spawn('ip', there('serve'), { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (log = (log + text).slice(-20_000)));
  await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => line.startsWith('Sightline is at') && resolve());
    child.once('error', reject).once('exit', (code) => reject(new Error(`the agent ended before it listened (${code}):\n${log}`)));
  });
  const say = (...args) => {
    const said = spawnSync('ip', there(...args), { encoding: 'utf8' });
    if (said.status !== 0) throw new Error(`${args.join(' ')}: ${said.stderr}`);
    return said.stdout;
  };
  return {
    port,
    dataDir: folder,
    log: () => log,
    /** Shares it on the network; a link that pairs. */
    invite: (scope = 'processes') => JSON.parse(say('share', '--yes', '--json', '--scope', scope)).invitation.link,
    share: () => void say('share', '--yes'),
    /** Encrypts its links, by a self-signed certificate. */
    encrypt: () => void say('encrypt', 'self-signed'),
    revoke: (id) => void say('revoke', id),
    /** Devices that were paired; `connected` says how many sessions each one has now. */
    viewers: () => JSON.parse(say('viewers', '--json')),
    /** The owner at the machine answers the next device that asks to pair; returns the request. */
    async answer(allow) {
      const program = spawn('ip', ['netns', 'exec', namespace, process.execPath, OWNER, String(port), folder, String(allow)], { stdio: ['ignore', 'pipe', 'inherit'] });
      const lines = await program.stdout.setEncoding('utf8').toArray();
      return JSON.parse(lines.join(''));
    },
    async stop(signal = 'SIGTERM') {
      await endProgram(child, signal);
      if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

function ip(line) {
  const done = spawnSync('ip', line.split(' '), { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`ip ${line}: ${done.stderr}`);
}
