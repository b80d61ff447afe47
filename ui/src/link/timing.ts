/** Round-trip time and clock offset of a machine, measured by pings. */
import type { Timing } from './link';

/** Often enough to notice a clock that is set; 200 machines are 7 questions a second. */
const EVERY_MS = 30_000;
/** Of the last answers the quickest gives the best clock offset: it was delayed least. */
const REMEMBERED = 8;

interface Options {
  ask: (id: number) => void;
  report: (timing: Timing) => void;
}

export class TimingProbe {
  readonly #options: Options;
  readonly #asked = new Map<number, number>();
  #answers: { roundTripMs: number; clockOffsetMs: number }[] = [];
  #nextId = 1;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The machine is there; `serverTimeMs` is what its clock says. Measures at once, and again while the page is visible. */
  start(serverTimeMs: number): void {
    this.#options.report({ roundTripMs: null, clockOffsetMs: serverTimeMs - Date.now() });
    this.ask();
    this.#timer = setInterval(() => {
      if (document.visibilityState !== 'hidden') this.ask();
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  ask(): void {
    const id = this.#nextId++;
    this.#asked.set(id, Date.now());
    this.#options.ask(id);
  }

  answered(id: number, serverTimeMs: number): void {
    const askedMs = this.#asked.get(id);
    if (askedMs === undefined) return;
    for (const older of [...this.#asked.keys()]) if (older <= id) this.#asked.delete(older);
    const roundTripMs = Math.max(0, Date.now() - askedMs);
    this.#answers = [...this.#answers, { roundTripMs, clockOffsetMs: serverTimeMs - (askedMs + roundTripMs / 2) }].slice(-REMEMBERED);
    const quickest = this.#answers.reduce((best, answer) => (answer.roundTripMs < best.roundTripMs ? answer : best));
    this.#options.report({ roundTripMs, clockOffsetMs: quickest.clockOffsetMs });
  }
}
