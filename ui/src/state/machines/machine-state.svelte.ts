/** One machine as the page knows it: its connection, what it is, its current numbers and the last 15 minutes of them.
 *
 *  This class composes the parts and is what views read: `MachineLink` (connection, requests, clock correction),
 *  `OverviewState` and `SummaryState` (the two channels with their histories), `AlertLog`, `SeriesDefinitions`. Views
 *  use the fields (reactive), `use` for a channel of their own, `request` for a request. Every machine sends its
 *  summary; only one with viewers (`addViewer`) sends its overview. Start reading at `start`. */
import type { Host, Link, ProcessToSignal } from '../../link/link';
import { visible } from '../../text/visible';
import type { Methods } from '../../wire/contract';
import type { AlertEvent, Channel, Connected, Goodbye, KnownMachine, Machine, Method, Scope, WatchedMachine } from '../../wire/wire';
import type { UpdateEvery } from '../page/preferences.svelte';
import { alertMessage, status } from '../page/status.svelte';
import { AlertLog } from './alert-log.svelte';
import { MachineLink, type OwnerMessage } from './machine-link.svelte';
import { type MachineMark, machineMark } from './machine-mark';
import { OverviewState, type Sample } from './overview-state.svelte';
import { SeriesDefinitions } from './series-definitions.svelte';
import type { FrameListener } from './subscriptions';
import { SummaryState } from './summary-state.svelte';

export type { Sample };

export class MachineState {
  /** Its entry in the person's list; `null`: this machine. */
  known = $state.raw<KnownMachine | null>(null);
  /** `null` until the first `connected`. */
  info = $state.raw<Machine | null>(null);
  scope = $state.raw<Scope | null>(null);
  /** What the machine calls this page's session. */
  clientId = $state.raw<string | null>(null);
  /** Its last close reason; `null`: it is connected, or disconnected unexpectedly. */
  goodbye = $state.raw<Goodbye | null>(null);
  /** Only in the window: acting on this machine. */
  host = $state.raw<Host | null>(null);
  /** Called with what is learned of it, for the stored list; and, with nothing learned, when its connection changed. */
  onLearned: ((change: Partial<KnownMachine>) => void) | null = null;

  readonly link: MachineLink = new MachineLink({
    onMessage: (message) => this.#receive(message),
    onConnection: () => this.#connectionChanged(),
    onVisibility: () => this.#runClock(),
    onClockShift: (shiftMs) => this.#shiftClock(shiftMs),
  });
  readonly overview = new OverviewState((method, params) => this.request(method, params));
  readonly #summary = new SummaryState(this.link);
  readonly #alerts = new AlertLog((method, params) => this.request(method, params));
  readonly #definitions = new SeriesDefinitions((method, params) => this.request(method, params));
  /** How many views show this machine. */
  #viewers = 0;

  /** State mark: whether it is reachable, and whether an alert is active. */
  readonly mark: MachineMark = $derived(machineMark(this.connection, this.summary?.worstAlert ?? null));

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

  /** When a message arrived last, Unix milliseconds; `null`: never, as far as is known. Read it where `connection` is
   *  read: it changes with each message and is not reactive. */
  get lastSeenMs(): number | null {
    return this.link.heardMs ?? this.known?.lastSeenMs ?? null;
  }

  get connection() { return this.link.connection; }
  get fresh() { return this.link.fresh; }
  get roundTripMs() { return this.link.roundTripMs; }
  get clockOffsetMs() { return this.link.clockOffsetMs; }
  get summary() { return this.#summary.current; }
  get summaryHistory() { return this.#summary.history; }
  get summaryVersion() { return this.#summary.version; }
  get series() { return this.overview.series; }
  get facts() { return this.overview.facts; }
  get faults() { return this.overview.faults; }
  get sample() { return this.overview.sample; }
  get nowMs() { return this.overview.nowMs; }
  get ring() { return this.overview.ring; }
  get ringVersion() { return this.overview.ringVersion; }
  get pastVersion() { return this.overview.pastVersion; }
  get alerts(): AlertEvent[] { return this.#alerts.events; }
  get definitions() { return this.#definitions.byMetric; }

  /** Uses `link` for as long as the page lives; returns the undo. */
  start(link: Link, host: Host | null = null): () => void {
    this.host = host;
    const stop = this.link.start(link);
    return () => {
      this.overview.runClock(false);
      stop();
    };
  }

  /** What is known before its link is up, in this viewer's time: what its program received while no page was open. */
  recall(watched: WatchedMachine): void {
    this.goodbye = watched.goodbye;
    this.link.heardMs = Math.max(this.link.heardMs ?? 0, watched.lastSeenMs ?? 0) || null;
    this.#alerts.recall(watched.alerts);
  }

  /** Called while a view shows this machine: subscribes to its overview and back-fills the ring. Returns the undo. */
  addViewer(): () => void {
    this.#viewers += 1;
    const undo = this.use('overview', (frame) => this.overview.receive(frame, this.link.paceMs));
    this.#runClock();
    void this.loadDefinitions();
    return () => {
      this.#viewers -= 1;
      undo();
      this.#runClock();
    };
  }

  /** As `SummaryState.subscribe`. */
  subscribeSummary(everyMs?: number): () => void {
    return this.#summary.subscribe(everyMs);
  }

  /** Frames of a channel, for as long as it is used and the page is visible; the first is a key frame, and so is the
   *  first after every interruption. `everyMs`: how often at most, where the channel lets a viewer choose.
   *  Returns the undo: call it from an effect's cleanup. */
  use(channel: Channel, onFrame: FrameListener, everyMs = 0): () => void {
    return this.link.use(channel, onFrame, everyMs);
  }

  /** Sends a request; rejects with a `RequestError` whose `message` is for people. */
  request<M extends Method>(method: M, params?: Methods[M]['params']): Promise<Methods[M]['result']> {
    return this.link.request(method, params);
  }

  /** The person's update interval, and whether WebSocket is used. */
  setPace(updateEvery: UpdateEvery, pollOnly: boolean): void {
    this.link.setPace(updateEvery, pollOnly);
  }

  /** Loads the newest figures once, where updates are paused. */
  refresh(): void {
    this.link.refresh();
  }

  retryNow(): void {
    this.link.retryNow();
  }

  /** A hint that it is reachable, maybe at other addresses than those known. */
  hurry(addresses: readonly string[] = []): void {
    this.link.hurry(addresses);
  }

  /** Acts on a process of this machine; only in the window (`host` is not `null`). */
  signalProcess(process: ProcessToSignal): Promise<void> {
    return this.host ? this.host.signalProcess(process) : Promise.reject(new Error('a browser cannot act on this machine'));
  }

  /** Whether the machine has this series. */
  has(id: string): boolean {
    return this.overview.has(id);
  }

  /** As `OverviewState.sampleAt`. */
  sampleAt(atMs: number): Sample {
    return this.overview.sampleAt(atMs);
  }

  /** Frees the memory of its last 15 minutes; they are loaded again when it is in view. */
  forgetRing(): void {
    this.overview.forgetRing();
  }

  /** Asks once for what each series means. */
  async loadDefinitions(): Promise<void> {
    if (this.connection.kind === 'live') await this.#definitions.load();
  }

  #receive(message: OwnerMessage): void {
    switch (message.type) {
      case 'connected':
        this.#connected(message);
        break;
      case 'alert':
        this.#alerts.add(message.event);
        status.say(this.known === null ? alertMessage(message.event) : `${visible(this.name)}: ${alertMessage(message.event)}`);
        break;
      case 'lagged':
        void this.#alerts.load();
        break;
      case 'goodbye':
        this.goodbye = message.reason;
        this.onLearned?.({ lastGoodbye: message.reason });
        break;
    }
  }

  #connected(connected: Connected): void {
    // Another machine answers at the same address.
    if (this.info && this.info.id !== connected.machine.id) {
      this.#alerts.clear();
      this.#clearHistories();
    }
    this.goodbye = null;
    this.info = connected.machine;
    this.scope = connected.scope;
    this.clientId = connected.clientId;
    this.onLearned?.({ os: connected.machine.os, family: connected.machine.family, scope: connected.scope, lastSeenMs: Date.now(), lastGoodbye: null });
    // Requests need a socket; a polled machine has none.
    if (this.connection.kind !== 'live') return;
    this.#summary.reconnected();
    this.link.subscribeAll();
    void this.#alerts.load();
    if (this.#viewers > 0) void this.loadDefinitions();
  }

  #connectionChanged(): void {
    this.onLearned?.(this.link.heardMs === null ? {} : { lastSeenMs: this.link.heardMs });
    this.#runClock();
  }

  #shiftClock(shiftMs: number): void {
    this.#alerts.shift(shiftMs);
    if (this.info) this.info = { ...this.info, bootedAtMs: this.info.bootedAtMs + shiftMs };
    this.#clearHistories();
  }

  #clearHistories(): void {
    this.overview.clear();
    this.#summary.clear();
  }

  /** Moves the right edge of live charts while no samples arrive; a machine that is not in view needs no timer. */
  #runClock(): void {
    this.overview.runClock(!this.fresh && this.link.visible && this.#viewers > 0);
  }
}
