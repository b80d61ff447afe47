/** The protocol console: one connection under the person's control, its messages, and counters.
 *
 *  Messages are counted at once; the state that is shown changes at most once a frame of the display. */
import { Backoff } from '../../link/backoff';
import { plainAnswer, Probe, probeUrl, thisMachine } from '../../link/probe';
import { closeMessage } from '../../text/close-messages';
import { fromHex, toHex } from '../../text/hex';
import { TARGETS, type Target } from './console-families';
import { type Filter, FilteredLog, KEPT_MESSAGES, KINDS_LISTED, MessageLog, NO_FILTER } from './console-log';
import { exported, KEPT_CHARS, kindOf, type LogEntry, parsed, read, type Read } from './console-message';
import { RateMeter, SequenceMeter } from './console-meter';

export type Phase =
  | { kind: 'closed' }
  | { kind: 'connecting' }
  | { kind: 'open'; sinceMs: number; protocol: string }
  | { kind: 'closing' }
  | { kind: 'waiting'; retryAtMs: number };

export interface Ended {
  code: number;
  reason: string;
  /** The code's name, and a sentence. */
  name: string;
  text: string;
  /** Answer of the path to plain HTTP, where the upgrade failed. */
  hint: string;
}

export interface Totals {
  received: number;
  receivedBytes: number;
  sent: number;
  sentBytes: number;
  /** Frames that the sequence numbers say are missing. */
  skipped: number;
  /** Messages that had to leave the list. */
  dropped: number;
}

/** Pings that may wait for their answer. */
const PINGS = 32;
/** Of a binary message that is no MessagePack so much is shown. */
const HEX_BYTES = 4_096;
const ZERO: Totals = { received: 0, receivedBytes: 0, sent: 0, sentBytes: 0, skipped: 0, dropped: 0 };

type Decode = (bytes: Uint8Array) => unknown;

/** A clock with fractions of a millisecond, of this page, Unix milliseconds. */
const preciseNowMs = () => performance.timeOrigin + performance.now();

export class ConsoleState {
  targetId = $state('native');
  path = $state('api/v1/stream');
  protocol = $state('sightline.v1');
  autoReconnect = $state(false);
  phase = $state.raw<Phase>({ kind: 'closed' });
  ended = $state.raw<Ended | null>(null);
  machine = $state.raw<{ id: string; name: string } | null>(null);
  /** Messages that pass the filter. Unchanged while paused. */
  shown = $state.raw<readonly LogEntry[]>([]);
  totals = $state.raw<Totals>(ZERO);
  rates = $state.raw(new RateMeter().read(0));
  /** Milliseconds: the last ping, and the quickest of this connection. */
  roundTrip = $state.raw<{ lastMs: number; leastMs: number } | null>(null);
  kinds = $state.raw<readonly string[]>([]);
  paused = $state(false);
  /** Number of messages that arrived while paused. */
  unseen = $state(0);
  selected = $state.raw<LogEntry | null>(null);
  filter = $state.raw<Filter>(NO_FILTER);
  /** Runs only while there is something to count down or up. */
  nowMs = $state(Date.now());

  readonly #log = new MessageLog();
  readonly #filtered = new FilteredLog();
  readonly #meter = new RateMeter();
  readonly #sequences = new SequenceMeter();
  readonly #backoff = new Backoff();
  readonly #kinds = new Set<string>();
  #counted = { ...ZERO };
  #probe: Probe | null = null;
  #number = 0;
  #frame = 0;
  #clock: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #pings: { id: number | null; atMs: number }[] = [];
  #nextId = 1;
  #decode: Decode | null = null;
  /** Messages that arrived while the decoder was being loaded, in order. */
  #waiting: { data: string | Uint8Array; atMs: number }[] | null = null;

  get target(): Target {
    return TARGETS.find((target) => target.id === this.targetId) ?? (TARGETS[0] as Target);
  }

  /** The address that is connected to. */
  get url(): string {
    return probeUrl(this.#filledPath());
  }

  get nextId(): number {
    return this.#nextId;
  }

  /** Learns which machine this is; returns what undoes everything. */
  start(): () => void {
    void thisMachine().then(
      (machine) => (this.machine = machine),
      () => this.#event('This machine’s id could not be read: put it into the path yourself.', 'warn'),
    );
    const onVisibility = () => this.#runClock();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      clearInterval(this.#clock);
      clearTimeout(this.#retry);
      cancelAnimationFrame(this.#frame);
      this.autoReconnect = false;
      this.#probe?.close();
    };
  }

  choose(id: string): void {
    this.targetId = id;
    const { target } = this;
    if (target.id === 'free') return;
    this.path = target.path;
    this.protocol = target.protocol;
  }

  connect(): void {
    clearTimeout(this.#retry);
    if (this.phase.kind !== 'closed' && this.phase.kind !== 'waiting') return;
    this.ended = null;
    this.roundTrip = null;
    this.#pings = [];
    this.#sequences.clear();
    this.#counted = { ...this.#counted, skipped: 0 };
    this.phase = { kind: 'connecting' };
    const path = this.#filledPath();
    try {
      this.#probe = new Probe(probeUrl(path), this.protocol.trim(), {
        onopen: (protocol) => this.#opened(path, protocol),
        onmessage: (data) => this.#heard(typeof data === 'string' ? data : new Uint8Array(data)),
        onclose: (code, reason, opened) => void this.#closed(path, code, reason, opened),
      });
    } catch (error) {
      this.phase = { kind: 'closed' };
      this.ended = { code: 0, reason: '', name: 'not connected', text: error instanceof Error ? error.message : String(error), hint: '' };
      this.#event(this.ended.text, 'bad');
    }
    this.#runClock();
  }

  /** Closes with 1000, or gives up waiting. */
  disconnect(): void {
    clearTimeout(this.#retry);
    if (this.phase.kind === 'waiting') this.phase = { kind: 'closed' };
    else if (this.phase.kind !== 'closed') {
      this.phase = { kind: 'closing' };
      this.#probe?.close();
    }
  }

  /** Sends a text as it is; whether it was sent. */
  sendText(text: string): boolean {
    const value = parsed(text);
    const head = read(value);
    // Recorded before it is sent: the answer may arrive sooner than the next line runs.
    if (head.type === 'ping') this.#pings = [...this.#pings, { id: head.id, atMs: performance.now() }].slice(-PINGS);
    if (!this.#probe?.send(text)) return false;
    if ((head.type === 'subscribe' || head.type === 'unsubscribe') && typeof value === 'object' && value !== null) {
      const { channels, intervalMs } = value as Record<string, unknown>;
      if (Array.isArray(channels)) this.#sequences.subscribed(channels.map(String), typeof intervalMs === 'number' ? intervalMs : 0);
    }
    if (head.id !== null) this.#nextId = Math.max(this.#nextId, head.id + 1);
    this.#add({ direction: 'out', bytes: byteLength(text), binary: false, text, head, atMs: preciseNowMs() });
    return true;
  }

  /** Sends bytes written as hexadecimal digits; whether they went. */
  sendHex(digits: string): boolean {
    const bytes = fromHex(digits);
    if (!bytes || !this.#probe?.send(bytes)) return false;
    this.#add({ direction: 'out', bytes: bytes.length, binary: true, text: toHex(bytes.subarray(0, HEX_BYTES)), head: read(null), atMs: preciseNowMs() });
    return true;
  }

  ping(): void {
    this.sendText(JSON.stringify(this.target.id === 'native' ? { type: 'ping', id: this.#nextId } : { type: 'ping' }));
  }

  setFilter(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change };
    this.#filtered.filter = this.filter;
    this.shown = this.#filtered.follow(this.#log.entries);
    this.unseen = 0;
  }

  setPaused(paused: boolean): void {
    this.paused = paused;
    this.unseen = 0;
    if (!paused) this.shown = this.#filtered.follow(this.#log.entries);
  }

  /** Empties the list and the counters; the connection stays. */
  clear(): void {
    this.#log.clear();
    this.#meter.clear();
    this.#sequences.skipped = 0;
    this.#kinds.clear();
    if (this.filter.kind !== '') this.#kinds.add(this.filter.kind);
    this.#counted = { ...ZERO };
    this.kinds = [...this.#kinds];
    this.selected = null;
    this.unseen = 0;
    this.shown = [];
    this.#draw();
  }

  /** What is shown, as JSON Lines. */
  export(): string {
    return this.shown.map((entry) => `${exported(entry)}\n`).join('');
  }

  #filledPath(): string {
    return this.path.trim().replace(/^\/+/, '').replace('{uuid}', this.machine?.id ?? '{uuid}');
  }

  #opened(path: string, protocol: string): void {
    this.phase = { kind: 'open', sinceMs: Date.now(), protocol };
    this.#event(`Connected to /${path}${protocol === '' ? '' : `, subprotocol ${protocol}`}`, 'ok');
  }

  async #closed(path: string, code: number, reason: string, opened: boolean): Promise<void> {
    const asked = this.phase.kind === 'closing';
    if (this.phase.kind === 'open') this.#backoff.ended(Date.now() - this.phase.sinceMs);
    this.#probe = null;
    const { name, text } = asked && code === 1005 ? closeMessage(1000, true) : closeMessage(code, opened);
    this.ended = { code, reason, name, text, hint: '' };
    this.#event(`Closed: ${code} ${name}${reason === '' ? '' : ` (“${reason}”)`}. ${text}`, asked || code === 1000 || code === 1001 ? '' : 'bad');
    if (this.autoReconnect && !asked) {
      const waitMs = this.#backoff.nextMs();
      this.phase = { kind: 'waiting', retryAtMs: Date.now() + waitMs };
      this.#retry = setTimeout(() => this.connect(), waitMs);
    } else this.phase = { kind: 'closed' };
    this.#runClock();
    if (opened || asked) return;
    const hint = await plainAnswer(path).then(
      ({ status, message }) => (status === 426 ? 'The path is a WebSocket path; it refused this page or this subprotocol.' : `To plain HTTP it answers ${status}${message === '' ? '' : `: ${message}`}.`),
      () => 'It does not answer plain HTTP either: the machine cannot be reached.',
    );
    if (this.ended?.code === code) this.ended = { ...this.ended, hint };
    this.#event(hint, 'warn');
  }

  #heard(data: string | Uint8Array): void {
    const atMs = preciseNowMs();
    const bytes = byteLength(data);
    this.#meter.add(atMs, bytes);
    if (this.#waiting === null && (typeof data === 'string' || this.#decode)) return this.#take(data, bytes, atMs);
    if (this.#waiting === null) {
      this.#waiting = [];
      void this.#loadDecoder();
    }
    this.#waiting.push({ data, atMs });
    if (this.#waiting.length > KEPT_MESSAGES) this.#waiting.shift();
  }

  /** The MessagePack decoder is loaded with the first binary message. */
  async #loadDecoder(): Promise<void> {
    try {
      const { decode } = await import('@msgpack/msgpack');
      this.#decode = decode;
    } catch {
      this.#decode = () => undefined;
      this.#event('The MessagePack decoder could not be loaded: binary messages are shown as bytes.', 'warn');
    }
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const { data, atMs } of waiting) this.#take(data, byteLength(data), atMs);
  }

  #take(data: string | Uint8Array, bytes: number, atMs: number): void {
    const binary = typeof data !== 'string';
    const value = binary ? this.#decoded(data) : parsed(data);
    const head = read(value);
    const text = !binary ? data : value === undefined ? toHex(data.subarray(0, HEX_BYTES)) : JSON.stringify(value, asJson);
    if (head.type === 'connected' && typeof value === 'object' && value !== null && 'channels' in value) this.#sequences.announced(value.channels);
    if (head.channel !== null && head.seq !== null) this.#sequences.frame(head.channel, head.seq);
    if (head.type === 'pong') this.#pong(head.id);
    this.#add({ direction: 'in', bytes, binary, text, head, atMs });
  }

  #decoded(bytes: Uint8Array): unknown {
    try {
      return this.#decode?.(bytes);
    } catch {
      return undefined;
    }
  }

  /** The oldest ping with this number; a family without numbers answers in order. */
  #pong(id: number | null): void {
    const index = id === null ? 0 : this.#pings.findIndex((ping) => ping.id === id);
    const ping = this.#pings[index];
    if (!ping) return;
    this.#pings = this.#pings.filter((other) => other !== ping);
    const lastMs = performance.now() - ping.atMs;
    this.roundTrip = { lastMs, leastMs: Math.min(lastMs, this.roundTrip?.leastMs ?? lastMs) };
  }

  #event(text: string, tone: LogEntry['tone']): void {
    this.#push({ number: this.#number++, atMs: preciseNowMs(), direction: 'event', bytes: 0, binary: false, text, cut: false, type: '', subject: '', tone });
  }

  #add({ direction, bytes, binary, text, head, atMs }: { direction: 'in' | 'out'; bytes: number; binary: boolean; text: string; head: Read; atMs: number }): void {
    if (direction === 'in') {
      this.#counted.received += 1;
      this.#counted.receivedBytes += bytes;
    } else {
      this.#counted.sent += 1;
      this.#counted.sentBytes += bytes;
    }
    const { type, subject } = head;
    this.#push({ number: this.#number++, atMs, direction, bytes, binary, text: text.slice(0, KEPT_CHARS), cut: text.length > KEPT_CHARS, type: type === '' && binary && head.channel === null ? 'binary' : type, subject, tone: '' });
  }

  #push(entry: LogEntry): void {
    this.#log.push(entry);
    if (this.paused) this.unseen += 1;
    if (this.#kinds.size < KINDS_LISTED) this.#kinds.add(kindOf(entry));
    this.#draw();
  }

  /** Once a frame of the display, however much arrives. A hidden page has no frames and draws nothing. */
  #draw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#show();
    });
  }

  #show(): void {
    if (!this.paused) this.shown = this.#filtered.follow(this.#log.entries);
    if (this.kinds.length !== this.#kinds.size) this.kinds = [...this.#kinds].sort();
    this.totals = { ...this.#counted, skipped: this.#sequences.skipped, dropped: this.#log.dropped };
    this.#count();
  }

  #count(): void {
    this.nowMs = Date.now();
    this.rates = this.#meter.read(this.nowMs);
  }

  /** A second without messages is a point of the sparkline too; a minute after the connection closed the timer ends. */
  #runClock(): void {
    clearInterval(this.#clock);
    if (document.visibilityState === 'hidden') return;
    this.#clock = setInterval(() => {
      this.#count();
      if (this.phase.kind === 'closed' && !this.rates.messages.some(Boolean)) clearInterval(this.#clock);
    }, 1_000);
  }
}

const ENCODER = new TextEncoder();
const byteLength = (data: string | Uint8Array) => (typeof data === 'string' ? ENCODER.encode(data).length : data.length);

/** What MessagePack has and JSON has not. */
function asJson(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Uint8Array ? toHex(value) : value;
}

export const connection = new ConsoleState();
