/**
 * When frames of `overview` are on the screen: opens the page of `SIGHTLINE_ADDRESS` in Chromium, watches for
 * `SIGHTLINE_SECONDS`, and prints `{"painted": [[seq, Unix milliseconds], …], "driftMs": …}`.
 *
 * A frame counts as painted in the first task after the animation frame that follows its message: style, layout and
 * paint of what the page did with it are over then.
 */
import { chromium } from '@playwright/test';

const address = process.env.SIGHTLINE_ADDRESS;
const seconds = Number(process.env.SIGHTLINE_SECONDS);
const executablePath = process.env.SIGHTLINE_CHROMIUM ?? '/usr/bin/chromium-headless-shell';

const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript(noteFrames);
  await page.goto(`http://${address}/#/overview`);
  await page.locator('header .pill').filter({ hasText: /Live/ }).waitFor();
  // The first seconds draw the page itself.
  await page.waitForTimeout(3_000);
  await page.evaluate(() => void (globalThis.paintedFrames.length = 0));
  await page.waitForTimeout(seconds * 1_000);
  const result = await page.evaluate(() => ({
    painted: globalThis.paintedFrames,
    driftMs: Math.abs(performance.timeOrigin + performance.now() - Date.now()),
  }));
  console.log(JSON.stringify(result));
} finally {
  await browser.close();
}

/** Runs in the page before its own scripts: records the frames of every socket. */
function noteFrames() {
  globalThis.paintedFrames = [];

  /** The number of an `overview` frame that is no key frame, by its first bytes; `undefined` for all else. */
  function overviewSeq(data) {
    const text = typeof data === 'string' ? data.slice(0, 128) : new TextDecoder('latin1').decode(data.slice(0, 128));
    if (typeof data === 'string') {
      const found = /^\{"type":"frame","channel":"overview","seq":(\d+),/.exec(text);
      return found ? Number(found[1]) : undefined;
    }
    const at = text.indexOf('\u00a3seq') + 4;
    if (!text.includes('\u00a8overview') || at < 4) return undefined;
    const view = new DataView(data, at);
    const mark = view.getUint8(0);
    if (mark < 0x80) return mark;
    if (mark === 0xcc) return view.getUint8(1);
    if (mark === 0xcd) return view.getUint16(1);
    return mark === 0xce ? view.getUint32(1) : undefined;
  }

  function afterPaint(then) {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = then;
      port2.postMessage(null);
    });
  }

  globalThis.WebSocket = class extends globalThis.WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', (event) => {
        const seq = overviewSeq(event.data);
        if (seq === undefined) return;
        afterPaint(() => globalThis.paintedFrames.push([seq, performance.timeOrigin + performance.now()]));
      });
    }
  };
}
