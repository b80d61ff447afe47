/** One machine: its connection, what it is, its current numbers and the last 15 minutes of them.
 *
 *  Views use three things: the fields (reactive), `use` for a channel of their own, `request` for a question.
 *  Every machine tells its summary; only the one in view (`look`) sends its overview. Start reading at `start`. */
import type { AlertEvent, AlertsList, Channel, Connected, Facts, Fault, Frame, Goodbye, History, KnownMachine, Machine, OverviewKey, OverviewValues, Scope, Series, SeriesInfo, ServerMessage, Summary, SummaryHistory, SummaryQuery, WatchedMachine } from '../../wire/wire';
import type { ConnectionState, Host, Link, ProcessToSignal, Timing } from '../../link/link';
import { visible } from '../../text/visible';
import { backfillBatches, kept } from '../history/backfill';
import { type MachineMark, machineMark } from './machine-mark';
import type { UpdateEvery } from '../page/preferences.svelte';
import { Pulse } from '../history/pulse';
import { Requests, RequestError } from './requests';
import { GAP_INTERVALS, Ring, SPAN_MS } from '../history/ring';
import { alertWords, status } from '../page/status.svelte';
import { type FrameListener, Subscriptions } from './subscriptions';
import { alertHere, answeredHere, askedThere, frameHere, machineHere, settledOffset } from './viewer-clock';

/** The numbers of one moment. */
export interface Sample {
  atMs: number;
  /** Value of a series by its id; `null`: there is none. */
  value(id: string): number | null;
}

/** As many as the machine keeps. */
const ALERTS_KEPT = 256;
const NOTHING: Sample = { atMs: 0, value: () => null };

/** How often a machine tells its summary where nobody asks for more. */
const SUMMARY_MS = 5_000;
/** How finely the past of a summary is fetched: a card is 100 px wide, the comparison a few hundred. */
const PULSE_STEP_MS = 3_000;

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
  /** What it said when it left; `null`: it is there, or went without a word. */
  goodbye = $state.raw<Goodbye | null>(null);
  /** Definitions of series by metric name, once asked for. */
  definitions = $state.raw<ReadonlyMap<string, string>>(new Map());
  /** Only in the window: acting on this machine. */
  host = $state.raw<Host | null>(null);

  /** Whether it is there, and whether something hurts. */
  readonly mark: MachineMark = $derived(machineMark(this.connection, this.summary?.worstAlert ?? null));
  /** Hears what is learned of it, for the list that is kept; and, with nothing learned, that its connection changed. */
  onLearned: ((change: Partial<KnownMachine>) => void) | null = null;
  readonly #ids = $derived(new Set(this.series.map((series) => series.id)));
  readonly ring = new Ring();
  /** The last 15 minutes of its summary. */
  readonly pulse = new Pulse();
  #link: Link | null = null;
  #positions = new Map<string, number>();
  #requests = new Requests();
  readonly #subscriptions = new Subscriptions((message) => this.#link?.send(message));
  /** How often each of those who keep the pulse wants it. */
  readonly #feelers = new Map<symbol, number>();
  #unfeel: (() => void) | null = null;
  #feltEveryMs = 0;
  /** Since when the pulse's past is not fetched yet; `null`: all that can be had is there. */
  #pulseOwedFromMs: number | null = 0;
  /** How many look at this machine. */
  #lookers = 0;
  #paceMs = 0;
  #heardMs: number | null = null;
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

  /** When it last said anything, Unix milliseconds; `null`: never, as far as is known. Read it where `connection` is
   *  read: it changes with each message and tells nobody. */
  get lastSeenMs(): number | null {
    return this.#heardMs ?? this.known?.lastSeenMs ?? null;
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
    this.#subscriptions.setVisible(document.visibilityState !== 'hidden');
    const undo = [
      link.onTiming((timing) => this.#setTiming(timing)),
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
      this.#requests.abandon();
      this.#link = null;
    };
  }

  /** What is known from before its link is up, in this viewer's time: what its program heard while no page looked. */
  recall(watched: WatchedMachine): void {
    this.goodbye = watched.goodbye;
    this.#heardMs = Math.max(this.#heardMs ?? 0, watched.lastSeenMs ?? 0) || null;
    if (this.alerts.length === 0) this.alerts = watched.alerts.slice(-ALERTS_KEPT);
  }

  /** Somebody looks at this machine: its overview comes, and the ring is kept whole. Returns the undo. */
  look(): () => void {
    this.#lookers += 1;
    const undo = this.use('overview', (frame) => this.#overview(frame));
    this.#runClock();
    void this.loadDefinitions();
    return () => {
      this.#lookers -= 1;
      undo();
      this.#runClock();
    };
  }

  /** Keeps the pulse; `everyMs` is how often at most. Who wants it most often sets the pace for all. Returns the undo. */
  feel(everyMs = SUMMARY_MS): () => void {
    const feeler = Symbol();
    this.#feelers.set(feeler, everyMs);
    this.#feelAnew();
    return () => {
      this.#feelers.delete(feeler);
      this.#feelAnew();
    };
  }

  #feelAnew(): void {
    const everyMs = this.#feelers.size === 0 ? 0 : Math.min(...this.#feelers.values());
    if (everyMs === this.#feltEveryMs) return;
    this.#feltEveryMs = everyMs;
    const before = this.#unfeel;
    // The new subscription first: the machine is not told to stop in between.
    this.#unfeel = everyMs === 0 ? null : this.use('summary', (frame) => this.#summary(frame), everyMs);
    before?.();
  }

  /** Frames of a channel, for as long as somebody uses it and the page is visible; the first is a key frame, and one
   *  comes again after every interruption. `everyMs`: how often at most, where the channel lets a viewer choose.
   *  Returns the undo: call it from an effect's cleanup. */
  use(channel: Channel, onFrame: FrameListener, everyMs = 0): () => void {
    return this.#subscriptions.use(channel, onFrame, everyMs);
  }

  /** How often a person wants to see new figures, and whether without WebSocket. */
  setPace(updateEvery: UpdateEvery, pollOnly: boolean): void {
    const everyMs = updateEvery === 'paused' ? null : updateEvery === 'sampled' ? 0 : updateEvery * 1_000;
    this.#paceMs = everyMs ?? 0;
    this.#subscriptions.setFloor(everyMs);
    this.#link?.setPace({ socket: !pollOnly, everyMs });
  }

  /** Brings the newest figures once, for who does not have them by themselves. */
  refresh(): void {
    this.#subscriptions.refresh();
    this.#link?.refresh();
  }

  /** Asks the machine; rejects with a `RequestError` whose `message` is for people. */
  request<T>(method: string, params?: unknown): Promise<T> {
    const link = this.#link;
    if (!link || !this.fresh) return Promise.reject(new RequestError({ code: 'unavailable', message: 'not connected' }));
    if (this.connection.kind === 'polling') return Promise.reject(new RequestError({ code: 'unavailable', message: 'this needs a WebSocket, which does not get through' }));
    const offsetMs = this.clockOffsetMs;
    const there = askedThere(method, params, offsetMs);
    const answer = this.#requests.open<unknown>((id) => link.send({ type: 'request', id, method, ...(there === undefined ? {} : { params: there }) }));
    return answer.then((result) => answeredHere(method, result, offsetMs) as T);
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

  /** Gives the room of its last 15 minutes back; they are fetched again when somebody looks. */
  forgetRing(): void {
    this.ring.clear();
    this.#owedFromMs = 0;
  }

  retryNow(): void {
    this.#link?.retryNow();
  }

  /** There is a sign that it is reachable, maybe at other addresses than those known. */
  hurry(addresses: readonly string[] = []): void {
    this.#link?.hurry(addresses);
  }

  /** Asks once for what each series means. */
  async loadDefinitions(): Promise<void> {
    if (this.#askedDefinitions || this.connection.kind !== 'live') return;
    this.#askedDefinitions = true;
    try {
      const list = await this.request<SeriesInfo[]>('series.list');
      this.definitions = new Map(list.map((info) => [info.metric, info.about]));
    } catch {
      this.#askedDefinitions = false;
    }
  }

  #receive(message: ServerMessage): void {
    this.#heardMs = Date.now();
    switch (message.type) {
      case 'connected':
        this.#connected(message);
        break;
      case 'frame':
        this.#subscriptions.deliver(frameHere(message, this.clockOffsetMs));
        break;
      case 'response':
        this.#requests.settle(message);
        break;
      case 'alert':
        this.#happened(alertHere(message.event, this.clockOffsetMs));
        break;
      case 'lagged':
        void this.#loadAlerts();
        break;
      case 'goodbye':
        this.goodbye = message.reason;
        this.onLearned?.({ lastGoodbye: message.reason });
        break;
      // The link's own matter.
      case 'challenge':
      case 'pong':
      case 'error':
        break;
    }
  }

  #connected(connected: Connected): void {
    if (this.info && this.info.id !== connected.machine.id) {
      this.alerts = [];
      this.#forgetPast();
    }
    this.goodbye = null;
    this.info = machineHere(connected.machine, this.clockOffsetMs);
    this.scope = connected.scope;
    this.clientId = connected.clientId;
    this.onLearned?.({ os: connected.machine.os, family: connected.machine.family, scope: connected.scope, lastSeenMs: Date.now(), lastGoodbye: null });
    // Answers to questions need a socket; where the machine is polled there is none.
    if (this.connection.kind !== 'live') return;
    this.#pulseOwedFromMs ??= this.pulse.lastMs;
    this.#subscriptions.begin();
    // Hidden or not: what happens is told to who looks elsewhere, too.
    this.#link?.send({ type: 'subscribe', channels: ['alerts'] });
    void this.#loadAlerts();
    if (this.#lookers > 0) void this.loadDefinitions();
  }

  #happened(event: AlertEvent): void {
    this.alerts = [...this.alerts, event].slice(-ALERTS_KEPT);
    status.say(this.known === null ? alertWords(event) : `${visible(this.name)}: ${alertWords(event)}`);
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
    this.onLearned?.(this.#heardMs === null ? {} : { lastSeenMs: this.#heardMs });
    this.#runClock();
  }

  #setVisible(visible: boolean): void {
    if (visible === this.#subscriptions.visible) return;
    this.#subscriptions.setVisible(visible);
    this.#runClock();
  }

  #setTiming({ roundTripMs, clockOffsetMs }: Timing): void {
    if (roundTripMs !== null) this.roundTripMs = Math.round(roundTripMs);
    const settled = settledOffset(this.clockOffsetMs, clockOffsetMs);
    if (settled === this.clockOffsetMs) return;
    const shiftMs = this.clockOffsetMs - settled;
    this.clockOffsetMs = settled;
    this.alerts = this.alerts.map((event) => ({ ...event, atMs: event.atMs + shiftMs }));
    if (this.info) this.info = { ...this.info, bootedAtMs: this.info.bootedAtMs + shiftMs };
    this.#forgetPast();
    // Its past is fetched anew, and comes with a key frame.
    if (this.connection.kind === 'live') this.#subscriptions.begin();
  }

  #forgetPast(): void {
    this.ring.clear();
    this.pulse.clear();
    this.#owedFromMs = this.#pulseOwedFromMs = 0;
    this.pastVersion += 1;
    this.ringVersion += 1;
    this.pulseVersion += 1;
  }

  /** While samples fail to come, time goes on all the same; a machine that nobody looks at needs none. */
  #runClock(): void {
    clearInterval(this.#clock);
    if (this.fresh || !this.#subscriptions.visible || this.#lookers === 0 || this.#lastFrameAt === 0) return;
    this.#clock = setInterval(() => {
      this.nowMs = this.sample.atMs + (Date.now() - this.#lastFrameAt);
    }, 1_000);
  }

  #summary(frame: Frame): void {
    const summary = frame.data as Summary;
    const beforeMs = this.pulse.lastMs;
    this.summary = summary;
    this.pulse.push(frame.sampledAtMs, summary);
    this.pulseVersion += 1;
    const everyMs = Math.max(SUMMARY_MS, this.#paceMs);
    if (beforeMs !== null && frame.sampledAtMs - beforeMs > GAP_INTERVALS * everyMs) this.#pulseOwedFromMs ??= beforeMs;
    if (this.#pulseOwedFromMs !== null) void this.#fillPulse(this.#pulseOwedFromMs, frame.sampledAtMs);
  }

  /** Fetches what the summary was while nobody here listened. */
  async #fillPulse(owedFromMs: number, nowMs: number): Promise<void> {
    if (this.connection.kind !== 'live') return;
    this.#pulseOwedFromMs = null;
    try {
      const fromMs = Math.max(nowMs - SPAN_MS, owedFromMs);
      this.pulse.fill(await this.request<SummaryHistory>('summary.history', { fromMs, toMs: nowMs, maxPoints: Math.ceil((nowMs - fromMs) / PULSE_STEP_MS) + 1 } satisfies SummaryQuery));
      this.pulseVersion += 1;
    } catch (error) {
      // An older machine does not know the question, and is not asked again before it is connected anew.
      if (error instanceof RequestError && error.code === 'unavailable') this.#pulseOwedFromMs = Math.min(owedFromMs, this.#pulseOwedFromMs ?? owedFromMs);
    }
  }

  #overview(frame: Frame): void {
    const data = frame.data as OverviewKey | OverviewValues;
    const previousMs = this.ring.lastMs;
    if ('series' in data) {
      this.series = data.series;
      this.facts = data.facts;
      this.faults = data.faults;
      this.#positions = new Map(data.series.map((series, index) => [series.id, index]));
      const intervalMs = Math.max(data.facts.intervalMs, this.#paceMs);
      // What came slowly is fetched as it was sampled, lest it look like gaps.
      if (intervalMs < this.ring.intervalMs && this.ring.length > 0) this.#owedFromMs = 0;
      this.ring.intervalMs = intervalMs;
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
