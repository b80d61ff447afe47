/** How much arrives: messages and bytes of each of the last 60 seconds; and how many frames a channel skipped. */

/** What a sparkline spans. */
export const SECONDS = 60;
/** "Now" is the mean of this many whole seconds: one frame a second reads as 1, not as 0 and 2. */
const NOW_SECONDS = 5;

export class RateMeter {
  readonly #messages = new Array<number>(SECONDS + 1).fill(0);
  readonly #bytes = new Array<number>(SECONDS + 1).fill(0);
  /** The second that is being filled; `null` until something was counted. */
  #second: number | null = null;
  #firstSecond = 0;

  add(atMs: number, bytes: number): void {
    const second = Math.floor(atMs / 1000);
    if (this.#second === null) this.#firstSecond = second;
    this.#turnTo(second);
    const slot = second % (SECONDS + 1);
    this.#messages[slot] = (this.#messages[slot] ?? 0) + 1;
    this.#bytes[slot] = (this.#bytes[slot] ?? 0) + bytes;
  }

  /** The last 60 whole seconds before `nowMs`, oldest first; `null` before the first message. */
  read(nowMs: number): { messages: (number | null)[]; bytes: (number | null)[]; messagesPerS: number; bytesPerS: number } {
    const now = Math.floor(nowMs / 1000);
    if (this.#second !== null) this.#turnTo(now);
    const first = this.#second === null ? now : this.#firstSecond;
    const seconds = Array.from({ length: SECONDS }, (_, index) => now - SECONDS + index);
    const column = (of: number[]) => seconds.map((second) => (second < first ? null : (of[((second % of.length) + of.length) % of.length] ?? 0)));
    const [messages, bytes] = [column(this.#messages), column(this.#bytes)];
    return { messages, bytes, messagesPerS: mean(messages), bytesPerS: mean(bytes) };
  }

  clear(): void {
    this.#messages.fill(0);
    this.#bytes.fill(0);
    this.#second = null;
  }

  /** Seconds in which nothing came are 0. A clock that was set back fills the newest second. */
  #turnTo(second: number): void {
    const last = this.#second ?? second;
    for (let at = Math.max(last + 1, second - SECONDS); at <= second; at += 1) {
      this.#messages[at % (SECONDS + 1)] = 0;
      this.#bytes[at % (SECONDS + 1)] = 0;
    }
    this.#second = Math.max(last, second);
  }
}

function mean(values: readonly (number | null)[]): number {
  const last = values.slice(-NOW_SECONDS).filter((value) => value !== null);
  return last.length === 0 ? 0 : last.reduce((sum, value) => sum + value, 0) / last.length;
}

/** Native frames: `seq` is the number of the machine's tick, so a channel of every second tick rises by two. */
export class SequenceMeter {
  /** Announced by `connected`: interval of each channel, in milliseconds. */
  #intervals = new Map<string, number>();
  /** Asked for by `subscribe`. */
  #floors = new Map<string, number>();
  #last = new Map<string, { seq: number; first: boolean }>();
  skipped = 0;

  announced(channels: unknown): void {
    this.#intervals = new Map();
    this.#last.clear();
    for (const channel of Array.isArray(channels) ? (channels as unknown[]) : []) {
      if (typeof channel !== 'object' || channel === null) continue;
      const { name, intervalMs } = channel as Record<string, unknown>;
      if (typeof name === 'string' && typeof intervalMs === 'number' && intervalMs > 0) this.#intervals.set(name, intervalMs);
    }
  }

  /** A subscription starts a channel afresh. */
  subscribed(channels: readonly string[], intervalMs: number): void {
    for (const channel of channels) {
      this.#floors.set(channel, intervalMs);
      this.#last.delete(channel);
    }
  }

  frame(channel: string, seq: number): void {
    const last = this.#last.get(channel);
    this.#last.set(channel, { seq, first: last === undefined });
    const stride = this.#stride(channel);
    // The first frame comes at once, from the last sample: what follows it need not be a whole interval away.
    if (!last || last.first || stride === null || seq <= last.seq) return;
    this.skipped += Math.max(0, Math.round((seq - last.seq) / stride) - 1);
  }

  clear(): void {
    this.#last.clear();
    this.skipped = 0;
  }

  /** By how much `seq` rises from frame to frame; `null` for channels that are sent on change. */
  #stride(channel: string): number | null {
    const tickMs = this.#intervals.get('overview');
    const intervalMs = this.#intervals.get(channel);
    if (tickMs === undefined || intervalMs === undefined || channel === 'sessions' || channel === 'alerts') return null;
    // Half a tick early still counts as on time.
    const everyMs = Math.max(intervalMs, this.#floors.get(channel) ?? 0);
    return Math.max(1, Math.ceil(everyMs / tickMs - 0.5));
  }
}
