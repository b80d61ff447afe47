/**
 * Fleet in the real window, on a screen without a graphics card, for a bench that measures from outside: opens the
 * window of `SIGHTLINE_BIN` on the data folder `SIGHTLINE_DATA`, goes to Fleet and prints `{"pid": …}`. Then a line of
 * JSON on standard input is a task, and its outcome is a line on standard output:
 *
 * - `{"do": "scroll", "seconds": 8}` scrolls the cards from end to end: `{"tasksMs": [longest of each second], "frames": …}`.
 * - `{"do": "find", "text": "ffmpeg", "machines": 50}` types into the palette; time from the last key until the last
 *   of the machines has answered and its answer is drawn: `{"ms": …, "answered": …}`.
 * - `{"do": "drawn"}` says how many charts are in the page: `{"charts": …}`.
 *
 * It ends with its input.
 */
import { createInterface } from 'node:readline';
import { startDesktop, until } from '../window/desktop.mjs';
import { openWindow } from '../window/driver.mjs';

const ESCAPE = '\uE00C';
/** Longest wait for answers to what is typed; the page itself gives up earlier. */
const ANSWERS_MS = 5_000;

/** Runs in the page: notes when machines are asked to find something, and when they answer. */
const WATCH_ANSWERS = `
  if (globalThis.fleetFind) return;
  const asked = new WeakMap();
  let beganAt = null;
  let answered = 0;
  let lastAt = null;
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    if (typeof data === 'string' && data.includes('"method":"find"')) {
      const ids = asked.get(this) ?? new Set();
      if (!asked.has(this)) {
        asked.set(this, ids);
        this.addEventListener('message', ({ data: text }) => {
          if (typeof text !== 'string' || !text.startsWith('{"type":"response"')) return;
          if (ids.delete(Number(/"id":(\\d+)/.exec(text)?.[1])) && beganAt !== null) {
            answered += 1;
            requestAnimationFrame(() => (lastAt = performance.now()));
          }
        });
      }
      ids.add(JSON.parse(data).id);
    }
    return send.call(this, data);
  };
  addEventListener('keydown', ({ timeStamp, key }) => { if (beganAt === 0 && key.length === 1) beganAt = timeStamp; }, true);
  globalThis.fleetFind = {
    begin() { beganAt = 0; answered = 0; lastAt = null; },
    async outcome(machines, patience) {
      const end = performance.now() + patience;
      while (answered < machines && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      const outcome = { ms: lastAt === null ? null : lastAt - beganAt, answered };
      beganAt = null;
      return outcome;
    },
  };`;

const desktop = await startDesktop();
let window;
try {
  window = await openWindow({ binary: process.env.SIGHTLINE_BIN, args: ['--data-dir', process.env.SIGHTLINE_DATA], env: desktop.env });
  await until('the page is up', async () => (await window.run('return document.readyState')) === 'complete');
  await window.run("location.hash = '#/fleet'");
  say({ pid: window.pid });
  const tasks = { scroll, find, drawn };
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: name, ...parameters } = JSON.parse(line);
    say(await tasks[name](parameters).catch((error) => ({ error: error.message })));
  }
} finally {
  await window?.abandon();
  await desktop.end();
}

function say(outcome) {
  console.log(JSON.stringify(outcome));
}

function drawn() {
  return window.run("return { charts: document.querySelectorAll('main canvas').length }");
}

/** What blocks the page shows as a gap between two timers: they come every 4 ms where nothing is in their way. */
function scroll({ seconds }) {
  return window.run(
    `const [seconds] = parameters;
     const boxes = [...document.querySelectorAll('main, main *')].filter((box) => box.scrollHeight > box.clientHeight + 200 && /auto|scroll/.test(getComputedStyle(box).overflowY));
     const box = boxes.sort((a, b) => b.scrollHeight - a.scrollHeight)[0];
     if (!box) throw new Error('nothing in Fleet can be scrolled');
     const STEP = 48;
     const tasksMs = Array.from({ length: seconds }, () => 0);
     let frames = 0;
     let down = true;
     const began = performance.now();
     const over = () => performance.now() - began >= seconds * 1000;
     const scrolled = new Promise((resolve) => requestAnimationFrame(function step() {
       frames += 1;
       if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1) down = false;
       if (box.scrollTop <= 0) down = true;
       box.scrollTop += down ? STEP : -STEP;
       if (over()) resolve(); else requestAnimationFrame(step);
     }));
     let last = began;
     const polled = new Promise((resolve) => setTimeout(function poll() {
       const now = performance.now();
       const second = Math.min(seconds - 1, Math.floor((last - began) / 1000));
       tasksMs[second] = Math.max(tasksMs[second], now - last - 4);
       last = now;
       if (over()) resolve(); else setTimeout(poll);
     }));
     await Promise.all([scrolled, polled]);
     return { tasksMs, frames };`,
    seconds,
  );
}

async function find({ text, machines }) {
  await window.run(WATCH_ANSWERS);
  await window.run("document.querySelector('main')?.focus()");
  await window.click('//*[contains(normalize-space(text()), "Find anything")]');
  await until('the palette is open', () => window.run("return document.activeElement?.tagName === 'INPUT'"));
  await window.press(...text.slice(0, -1));
  await settled();
  await window.run('globalThis.fleetFind.begin()');
  await window.press(text.at(-1));
  const found = await window.run('return globalThis.fleetFind.outcome(parameters[0], parameters[1])', machines, ANSWERS_MS);
  await window.press(ESCAPE);
  return found;
}

/** Waits until the queries of the first letters are answered, or timed out. */
async function settled() {
  await window.run('await new Promise((resolve) => setTimeout(resolve, 1500))');
}
