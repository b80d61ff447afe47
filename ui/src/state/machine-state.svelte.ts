/** One machine: its connection, what it is, its current numbers and the last 15 minutes of them.
 *
 *  Views use three things: the fields (reactive), `use` for a channel of their own, `request` for a question.
 *  Every machine tells its summary; only the one in view (`look`) sends its overview. Start reading at `start`. */
import type { AlertEvent, AlertsList, Channel, Connected, Facts, Fault, Frame, History, KnownMachine, Machine, OverviewKey, OverviewValues, Scope, Series, SeriesInfo, ServerMessage, Summary } from '../wire/wire';
import type { ConnectionState, Host, Link, ProcessToSignal } from '../link/link';
import { backfillBatches, kept } from './backfill';
import { Pulse } from './pulse';
import { Requests, RequestError } from './requests';
import { Ring, SPAN_MS } from './ring';
import { alertWords, status } from './status.svelte';

/** The numbers of one moment. */
export interface Sample {
  atMs: number;
  /** Value of a series by its id; `null`: there is none. */
  value(id: string): number | null;
}

type FrameListener = (frame: Frame) => void;

/** As many as the machine keeps. */
const ALERTS_KEPT = 256;
const NOTHING: Sample = { atMs: 0, value: () => null };

/** How often a machine tells its summary where nobody asks for more. */
const SUMMARY_MS = 5_000;

export class MachineState {
  /** What the person knows of it; `null`: this machine. */
  known = $state.raw<KnownMachine | null>(null);
  /** The newest summary; `null` until one came. */
  summary = $state.raw<Summary | null>(null);
  /** Rises when the pulse holds something new; read it where the pulse is read. */
  pulseVersion = $state.raw(0);
  /** Time from a question to its answer, milliseconds; `null`: not measured yet. */
  roundTripMs = $state.raw<number | null>(null);
  /** By how much the machine's clock is ahead of this viewer's, milliseconds; 0 where it is too little to tell. */
  clockOffsetMs = $state.raw(0);
  /** How fresh the data is. */
  connection = $state.raw<ConnectionState>({ kind: 'connecting' });
  /** `null` until it first said so. */
  info = $state.raw<Machine | null>(null);
  scope = $state.raw<Scope | null>(null);
  /** What the machine calls this page's session. */
  clientId = $state.raw<string | null>(null);
  /** The set of series, and where each id stands in it. */
  series = $state.raw<Series[]>([]);
  facts = $state.raw<Facts | null>(null);
  faults = $state.raw<Fault[]>([]);
  /** What happened, oldest first: what the machine keeps, and what came since. */
  alerts = $state.raw<AlertEvent[]>([]);
  /** The newest sample. */
  sample = $state.raw<Sample>(NOTHING);
  /** Rises when the ring holds something new; read it where the ring is read. */
  ringVersion = $state.raw(0);
  /** Rises when the ring's past changed: filled in, or cleared. */
  pastVersion = $state.raw(0);
  /** Right edge of live charts: the newest sample, or the clock's time once samples fail to come. */
  nowMs = $state.raw(0);
  /** Definitions of series by metric name, once asked for. */
  definitions = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** Only in the window: acting on this machine. */
  host = $state.raw<Host | null>(null);

  readonly #ids = $derived(new Set(this.series.map((series) => series.id)));
  readonly ring = new Ring();
  /** The last 15 minutes of its summary. */
  readonly pulse = new Pulse();
  #link: Link | null = null;
  #positions = new Map<string, number>();
  #requests = new Requests();
  /** Who listens to a channel, and how often each wants to hear; 0: as often as there is something. */
  #listeners = new Map<Channel, Map<FrameListener, number>>();
  #visible = true;
  #clock: ReturnType<typeof setInterval> | undefined;
  #lastFrameAt = 0;
  #askedDefinitions = false;
  /** Since when the past is not fetched yet; `null`: all that can be had is there. */
  #owedFromMs: number | null = 0;

  constructor(known: KnownMachine | null = null) {
    this.known = known;
  }

  /** Names it among all machines: its id; empty for this machine. */
  get key(): string {
    return this.known?.id ?? '';
  }

  /** What people call it. */
  get name(): string {
    return this.known?.name ?? this.info?.name ?? '–';
  }

  /** Data is there and current: connected, and something has arrived. */
  get fresh(): boolean {
    return this.connection.kind === 'live' || this.connection.kind === 'polling';
  }

  /** Whether the machine gives this series. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Connects to what `link` brings, for as long as the page lives; returns the undo. */
  start(link: Link, host: Host | null = null): () => void {
    this.#link = link;
    this.host = host;
    this.#visible = document.visibilityState !== 'hidden';
    const undo = [
      link.onMessage((message) => this.#receive(message)),
      link.onState((state) => this.#setConnection(state)),
    ];
    const onVisibility = () => this.#setVisible(document.visibilityState !== 'hidden');
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      clearInterval(this.#clock);
      for (const f of undo) f();
      link.close();
    };
  }

  /** Somebody looks at this machine: its overview comes, and the ring is kept whole. Returns the undo. */
  look(): () => void {
    const undo = this.use('overview', (frame) => this.#overview(frame));
    return () => {
      undo();
      clearInterval(this.#clock);
    };
  }

  /** Keeps the pulse; `everyMs` is how often. Returns the undo. */
  feel(everyMs = SUMMARY_MS): () => void {
    return this.use('summary', (frame) => this.#summary(frame), everyMs);
  }

  /** Frames of a channel, for as long as somebody uses it and the page is visible; the first is a key frame, and one
   *  comes again after every interruption. `everyMs`: how often at most, where the channel lets a viewer choose.
   *  Returns the undo: call it from an effect's cleanup. */
  use(channel: Channel, onFrame: FrameListener, everyMs?: number): () => void {
    let listeners = this.#listeners.get(channel);
    if (!listeners) this.#listeners.set(channel, (listeners = new Map()));
    listeners.set(onFrame, everyMs ?? 0);
    // A second listener needs a key frame of its own: subscribing again brings one.
    this.#subscribe([channel]);
    return () => {
      listeners.delete(onFrame);
      if (this.#listeners.get(channel) !== listeners) return;
      if (listeners.size > 0) {
        // Others may want it less often.
        if (everyMs !== undefined) this.#subscribe([channel]);
        return;
      }
      this.#listeners.delete(channel);
      if (this.#visible) this.#link?.send({ type: 'unsubscribe', channels: [channel] });
    };
  }

  /** Asks the machine; rejects with a `RequestError` whose `message` is for people. */
  request<T>(method: string, params?: unknown): Promise<T> {
    const link = this.#link;
    if (!link || !this.fresh) return Promise.reject(new RequestError({ code: 'unavailable', message: 'not connected' }));
    return this.#requests.open<T>((id) => link.send({ type: 'request', id, method, ...(params === undefined ? {} : { params }) }));
  }

  /** Acts on a process of this machine; only in the window (`host` is not `null`). */
  signalProcess(process: ProcessToSignal): Promise<void> {
    return this.host ? this.host.signalProcess(process) : Promise.reject(new Error('a browser cannot act on this machine'));
  }

  /** The sample that covers `atMs`: no values where nothing was measured. */
  sampleAt(atMs: number): Sample {
    const index = this.ring.indexAt(atMs);
    if (index < 0) return { atMs, value: () => null };
    const row = this.ring.rowAt(index);
    return { atMs: this.ring.times[index] as number, value: (id) => row.get(id) ?? null };
  }

  retryNow(): void {
    this.#link?.retryNow();
  }

  /** Asks once for what each series means. */
  async loadDefinitions(): Promise<void> {
    if (this.#askedDefinitions || !this.fresh) return;
    this.#askedDefinitions = true;
    try {
      const list = await this.request<SeriesInfo[]>('series.list');
      this.definitions = new Map(list.map((info) => [info.metric, info.about]));
    } catch {
      this.#askedDefinitions = false;
    }
  }

  #receive(message: ServerMessage): void {
    switch (message.type) {
      case 'connected':
        this.#connected(message);
        break;
      case 'frame':
        for (const f of [...(this.#listeners.get(message.channel)?.keys() ?? [])]) f(message);
        break;
      case 'response':
        this.#requests.settle(message);
        break;
      case 'alert':
        this.alerts = [...this.alerts, message.event].slice(-ALERTS_KEPT);
        status.say(alertWords(message.event));
        break;
      case 'lagged':
        void this.#loadAlerts();
        break;
      // The link's own matter.
      case 'challenge':
      case 'goodbye':
      case 'pong':
      case 'error':
        break;
    }
  }

  #connected(connected: Connected): void {
    if (this.info && this.info.id !== connected.machine.id) {
      this.ring.clear();
      this.alerts = [];
      this.pastVersion += 1;
      this.ringVersion += 1;
    }
    this.info = connected.machine;
    this.scope = connected.scope;
    this.clientId = connected.clientId;
    this.#subscribe([...this.#listeners.keys()]);
    // Hidden or not: what happens is told to who looks elsewhere, too.
    this.#link?.send({ type: 'subscribe', channels: ['alerts'] });
    void this.#loadAlerts();
    void this.loadDefinitions();
  }

  async #loadAlerts(): Promise<void> {
    try {
      this.alerts = (await this.request<AlertsList>('alerts.list')).events;
    } catch {
      // The connection broke again: the next one asks anew.
    }
  }

  #setConnection(state: ConnectionState): void {
    this.connection = state;
    if (!this.fresh) this.#requests.abandon();
    this.#runClock();
  }

  #setVisible(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    const channels = [...this.#listeners.keys()];
    if (visible) this.#subscribe(channels);
    else if (channels.length > 0) this.#link?.send({ type: 'unsubscribe', channels });
    this.#runClock();
  }

  #subscribe(channels: Channel[]): void {
    if (!this.#visible) return;
    const byEvery = new Map<number, Channel[]>();
    for (const channel of channels) {
      const everyMs = Math.min(...(this.#listeners.get(channel)?.values() ?? [0]));
      byEvery.set(everyMs, [...(byEvery.get(everyMs) ?? []), channel]);
    }
    for (const [everyMs, together] of byEvery) this.#link?.send({ type: 'subscribe', channels: together, ...(everyMs > 0 ? { intervalMs: everyMs } : {}) });
  }

  /** While samples fail to come, time goes on all the same; a hidden page needs none. */
  #runClock(): void {
    clearInterval(this.#clock);
    if (this.fresh || !this.#visible || this.#lastFrameAt === 0) return;
    this.#clock = setInterval(() => {
      this.nowMs = this.sample.atMs + (Date.now() - this.#lastFrameAt);
    }, 1_000);
  }

  #summary(frame: Frame): void {
    const summary = frame.data as Summary;
    this.summary = summary;
    this.pulse.push(frame.sampledAtMs, summary);
    this.pulseVersion += 1;
  }

  #overview(frame: Frame): void {
    const data = frame.data as OverviewKey | OverviewValues;
    const previousMs = this.ring.lastMs;
    if ('series' in data) {
      this.series = data.series;
      this.facts = data.facts;
      this.faults = data.faults;
      this.#positions = new Map(data.series.map((series, index) => [series.id, index]));
      this.ring.intervalMs = data.facts.intervalMs;
      this.ring.setSeries(data.series.filter(kept).map((series) => series.id));
    }
    const { values } = data;
    const positions = this.#positions;
    const value = (id: string): number | null => {
      const position = positions.get(id);
      return position === undefined ? null : (values[position] ?? null);
    };
    this.ring.push(frame.sampledAtMs, value);
    this.#lastFrameAt = Date.now();
    this.sample = { atMs: frame.sampledAtMs, value };
    this.nowMs = frame.sampledAtMs;
    this.ringVersion += 1;
    if (!frame.key) return;
    this.#owedFromMs ??= previousMs;
    void this.#backfill(frame.sampledAtMs);
  }

  /** Fetches what was measured while nobody here listened: the whole ring at first, later the missing stretch. */
  async #backfill(nowMs: number): Promise<void> {
    const { intervalMs } = this.ring;
    const owedFromMs = this.#owedFromMs ?? nowMs;
    const fromMs = Math.max(nowMs - SPAN_MS, owedFromMs + intervalMs / 2);
    this.#owedFromMs = null;
    if (nowMs - fromMs < 1.5 * intervalMs) return;
    const ask = (series: string[]) => this.request<History>('history.query', { series, fromMs: Math.round(fromMs), toMs: nowMs, maxPoints: Math.ceil(SPAN_MS / intervalMs) + 2 });
    try {
      const parts = await Promise.all(backfillBatches(this.series).map(ask));
      this.ring.fill(parts, fromMs, nowMs - intervalMs / 2);
      this.pastVersion += 1;
      this.ringVersion += 1;
    } catch {
      // The connection broke again, or the machine remembers nothing: the hole stays hatched, the next key frame asks again.
      this.#owedFromMs = Math.min(owedFromMs, this.#owedFromMs ?? owedFromMs);
    }
  }
}
