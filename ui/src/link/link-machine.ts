/** State machine of a link, a pure function: `step(config, state, event, nowMs, random)` returns the next state and the
 *  actions to perform. It owns no socket, no timer and no clock: `socket.ts` does, for this page.
 *
 *  The Rust client (`link/machine.rs`) is the same machine. Both run the scenarios of
 *  `src-tauri/crates/wire/golden/link.jsonl`: a change of behaviour is a change there, and in both. */
import { type Cause, isRunning } from '../text/cause';
import { BACKOFF_RESET_AFTER_MS, CLOSE_CODES, FAILED_UPGRADES, POLL_EVERY_MS } from '../wire/contract';
import type { ChannelInfo, Goodbye } from '../wire/wire';
import { announcedAt, roundOf, workedAt } from './addresses';
import { backoffMs } from './backoff';
import type { Verdict } from './diagnosis';
import type { ConnectionState } from './link';
import { type End, type LinkAction, type LinkConfig, type LinkEvent, type LinkMemory, type Phase, QUIET, type Round, type Step } from './link-state';
import { type Absence, availability, changesInMs } from './availability';
import { asked, heard, sent, watch, watchDueMs } from './watchdog';

/** A handshake that takes longer is given up; sooner, where there is another address to try. */
const HANDSHAKE_MS = 8_000;
const HANDSHAKE_OF_MANY_MS = 3_000;
/** Hints within this time count as one, since announcements are not authenticated. */
const HURRY_EVERY_MS = 2_000;
/** Shortest time between two probes of a machine that does not answer. */
const PROBE_EVERY_MS = 10_000;
/** A session that lived shorter is not opened again at once, in case the machine closes every session. */
const RESTART_AFTER_MS = 1_000;
/** Refused proofs in a row after which the machine is taken not to know this client: a proof that came too late, because
 *  the page or the keyring was busy, is refused with the same reason. */
const REFUSALS = 5;
/** A machine that said goodbye may answer for so long, until it has left. */
const LEAVING_MS = 10_000;
/** A machine of another version is tried so seldom: it may be updated. */
const VERSION_RETRY_MS = 60_000;
/** Close reasons after which nothing is tried until a person acts, or an update may have ended it. */
const FINAL: ReadonlySet<Goodbye> = new Set<Goodbye>(['revoked', 'unauthorized', 'protocol', 'tooLarge']);

/** An update here or there ends this state. */
const endsWithUpdate = (state: ConnectionState): boolean => state.kind === 'incompatible' || (state.kind === 'ended' && (state.reason === 'protocol' || state.reason === 'tooLarge'));

const isSame = (a: ConnectionState, b: ConnectionState): boolean =>
  a.kind === 'incompatible' ? b.kind === 'incompatible' && a.theirs === b.theirs : a.kind === 'ended' && b.kind === 'ended' && a.reason === b.reason;

export function step(config: LinkConfig, state: LinkMemory, event: LinkEvent, nowMs: number, random: () => number): Step {
  if (state.phase.kind === 'closed') return { state, actions: [] };
  const turn = new Turn(config, { ...state }, nowMs, random);
  turn.take(event);
  return { state: turn.state, actions: turn.actions };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** One step. Writes on its own copy of the state, of which nothing that is nested is changed in place. */
class Turn {
  readonly actions: LinkAction[] = [];

  constructor(
    readonly config: LinkConfig,
    readonly state: Writable<LinkMemory>,
    readonly nowMs: number,
    readonly random: () => number,
  ) {}

  take(event: LinkEvent): void {
    const { state, nowMs } = this;
    switch (event.type) {
      case 'start':
        this.#connect();
        break;
      case 'connected':
        if (state.phase.kind === 'attempting') this.#connected(event.channels);
        break;
      case 'heard':
        if (state.phase.kind !== 'live') break;
        state.heardMs = nowMs;
        state.phase = { ...state.phase, watch: heard(state.phase.watch, nowMs) };
        break;
      case 'goodbye':
        if (state.phase.kind !== 'live' && state.phase.kind !== 'attempting') break;
        if (state.phase.kind === 'live') state.goodbye = { reason: event.reason, atMs: nowMs };
        if (QUIET.has(event.reason)) state.leavingMs = nowMs;
        state.phase = { ...state.phase, goodbye: event.reason };
        break;
      case 'ended':
        this.#ended(event.end);
        break;
      case 'sent':
        if (state.phase.kind === 'live') state.phase = { ...state.phase, watch: sent(state.phase.watch, event.message, nowMs) };
        break;
      case 'time':
        this.#time();
        break;
      case 'online':
        // Ends the wait and a handshake that began before; an open session is checked by a ping.
        if (state.hidden || state.phase.kind === 'final' || nowMs < state.notBeforeMs) break;
        if (state.phase.kind === 'live') this.#check();
        else this.#startOver();
        break;
      case 'hidden':
        state.hidden = true;
        break;
      case 'shown':
        state.hidden = false;
        if (state.phase.kind === 'live') this.#check();
        else if (state.phase.kind === 'waiting' && nowMs >= state.notBeforeMs) this.#startOver();
        if (state.poll.everyMs !== null) this.#pollNow();
        break;
      case 'retryNow':
        if (state.phase.kind === 'live' || state.phase.kind === 'attempting') break;
        state.goodbye = null;
        state.notBeforeMs = -Infinity;
        this.#forgetProbe();
        this.#startOver();
        break;
      case 'announced':
        this.#announced(event.addresses);
        break;
      case 'pace':
        this.#pace(event.socket, event.everyMs);
        break;
      case 'refresh':
        this.#pollNow();
        break;
      case 'polled':
        if (event.poll === state.poll.number && state.poll.asking) this.#polled();
        break;
      case 'pollFailed':
        if (event.poll === state.poll.number && state.poll.asking) this.#pollFailed(event.unauthorized, event.why);
        break;
      case 'probed':
        if (event.probe === state.probe.number && state.probe.running) this.#probed(event.verdict, event.answersHttp);
        break;
      case 'probeFailed':
        // The cause that is known stays.
        if (event.probe === state.probe.number) state.probe = { ...state.probe, running: false };
        break;
      case 'close':
        this.#release(true);
        this.#pollStop();
        state.turnAtMs = null;
        state.phase = { kind: 'closed' };
    }
  }

  // --- attempts ---

  #startOver(): void {
    this.state.backoff = 0;
    this.state.again = false;
    this.#release(true);
    this.#connect();
  }

  /** Begins a round. */
  #connect(): void {
    const { state } = this;
    if (state.impostor?.probed === false) state.impostor = null;
    if (state.socketAllowed) {
      this.#tryNext({ rest: roundOf(state.addresses), final: null, why: null, told: false, known: false, blocked: null });
    } else {
      state.phase = { kind: 'polled' };
      this.#pollStart();
    }
  }

  #tryNext(round: Round): void {
    const [address = '', ...rest] = round.rest;
    this.state.address = address;
    const untilMs = this.nowMs + (rest.length > 0 ? HANDSHAKE_OF_MANY_MS : HANDSHAKE_MS);
    this.state.phase = { kind: 'attempting', round: { ...round, rest }, untilMs, goodbye: null };
    this.actions.push({ type: 'open', address });
  }

  #connected(channels: readonly ChannelInfo[]): void {
    const { state, nowMs } = this;
    this.#pollStop();
    state.turnAtMs = state.goodbye = null;
    state.addresses = workedAt(state.addresses, state.address);
    state.tries = state.failures = state.refused = 0;
    this.#forgetProbe();
    state.heardMs = nowMs;
    state.phase = { kind: 'live', sinceMs: nowMs, watch: watch(channels, nowMs), goodbye: null };
    this.#tell({ kind: 'live', address: state.address });
  }

  /** Closes the connection, if there is one. */
  #release(close: boolean): void {
    const { state } = this;
    const { phase } = state;
    if (phase.kind !== 'live' && phase.kind !== 'attempting') return;
    if (close) this.actions.push({ type: 'close' });
    if (phase.kind === 'live' && this.nowMs - phase.sinceMs >= BACKOFF_RESET_AFTER_MS) state.backoff = 0;
    state.phase = { kind: 'idle' };
  }

  #ended(end: End): void {
    const { phase } = this.state;
    if (phase.kind !== 'live' && phase.kind !== 'attempting') return;
    this.#release(false);
    const round = phase.kind === 'attempting' ? phase.round : null;
    switch (end.kind) {
      case 'closed':
        this.#closed(phase, end, round);
        break;
      case 'lost':
        if (end.retryAfterMs !== undefined) this.state.notBeforeMs = Math.max(this.state.notBeforeMs, this.nowMs + end.retryAfterMs);
        this.#lost(round, end.why, end.told, end.blocked);
        break;
      case 'toPair':
        this.#refused(round, { kind: 'toPair' });
        break;
      case 'incompatible':
        this.#refused(round, { kind: 'incompatible', theirs: end.theirs });
        break;
      case 'wrongMachine':
        this.#impostor(end.foundId, false);
        this.#missed(round, { code: 'anotherMachine' }, true);
    }
  }

  #closed(phase: Phase & { kind: 'live' | 'attempting' }, { code, told }: End & { kind: 'closed' }, round: Round | null): void {
    const { goodbye } = phase;
    const upMs = phase.kind === 'live' ? this.nowMs - phase.sinceMs : 0;
    // The machine closes the session so that it is opened again with another scope, with or without a close reason.
    const changed = goodbye === 'changed' || (goodbye === null && code === CLOSE_CODES.changed);
    if (changed && upMs >= RESTART_AFTER_MS) {
      this.state.goodbye = null;
      this.#tell({ kind: 'connecting' });
      this.#connect();
    } else if (goodbye !== null && goodbye !== 'changed') this.#left(goodbye, round);
    else this.#lost(round, { code: phase.kind === 'live' ? 'broke' : 'didNotAnswer' }, told);
  }

  #left(reason: Goodbye, round: Round | null): void {
    const { state } = this;
    if (reason === 'unauthorized' && round !== null && this.config.proven && ++state.refused < REFUSALS) this.#missed(round, { code: 'unproven' }, true);
    else if (FINAL.has(reason)) this.#refused(round, { kind: 'ended', reason, ...(round === null ? { atMs: this.nowMs } : {}) });
    else if (QUIET.has(reason)) {
      state.goodbye ??= { reason, atMs: null };
      this.#missed(round, { code: 'didNotAnswer' }, true);
    } else this.#missed(round, { code: reason === 'tooMany' ? 'full' : 'slow' }, true);
  }

  #lost(round: Round | null, why: Cause, told: boolean, blocked?: boolean): void {
    if (round !== null && blocked !== false) this.state.failures += 1;
    const known = blocked === undefined ? (round?.blocked ?? null) : (round?.blocked ?? false) || blocked;
    this.#missed(round && { ...round, blocked: known }, why, told);
  }

  /** This address failed: the next one, or a wait. `round` is `null` where a session ended, which begins a round of its
   *  own. */
  #missed(round: Round | null, why: Cause, told: boolean): void {
    if (round === null) {
      this.#because(why, true);
      this.#wait();
      return;
    }
    const better = round.why === null || (told && !round.told);
    this.#next(better ? { ...round, why, told, known: this.#isKnown() } : round);
  }

  /** A refusal. The other addresses are tried all the same, since whatever refused is not authenticated; one that is only
   *  announced counts for nothing. In an authenticated session the machine itself refused. */
  #refused(round: Round | null, final: ConnectionState): void {
    if (round === null) this.#end(final);
    else if (this.#isKnown()) this.#next({ ...round, final: round.final ?? final });
    else this.#missed(round, { code: 'unproven' }, true);
  }

  #next(round: Round): void {
    const { state } = this;
    if (round.rest.length > 0) {
      this.#tryNext(round);
      return;
    }
    if (round.final !== null) {
      this.#end(round.final);
      return;
    }
    if (round.blocked !== null) {
      state.answersHttp = round.blocked;
      if (!round.blocked) {
        state.failures = 0;
        this.#pollStop();
      }
    }
    // The result of a probe says more than silence, and stays until the next one.
    const { why, known } = round;
    if (why !== null && (state.tries === 0 || !this.config.probes || (known && isRunning(why)))) this.#because(why, known);
    this.#wait();
  }

  /** `why` it is away. A machine that runs again is not quiet any more; what an address says that is only announced
   *  proves nothing. */
  #because(why: Cause, known: boolean): void {
    this.state.why = why;
    if (known && isRunning(why)) this.#runs();
  }

  /** The machine was found running. */
  #runs(): void {
    if (this.nowMs - this.state.leavingMs >= LEAVING_MS) this.state.goodbye = null;
  }

  /** Another machine answers, which says nothing about the right one; `null`: one that claims to be the right one. */
  #impostor(foundId: string | null, probed: boolean): void {
    this.state.impostor = { foundId, probed };
    if (foundId === null && this.#isKnown()) this.#runs();
  }

  /** Whether the address in use is known, and not only announced. */
  #isKnown(): boolean {
    return this.state.addresses.known.includes(this.state.address);
  }

  // --- waiting ---

  #wait(): void {
    const { state, nowMs } = this;
    state.tries += 1;
    const waitMs = Math.max(backoffMs(state.backoff, this.random()), state.notBeforeMs - nowMs);
    state.backoff += 1;
    state.phase = { kind: 'waiting', retryAtMs: nowMs + waitMs };
    this.#show();
    this.#pollIfBlocked();
    this.#startProbe();
  }

  #end(final: ConnectionState): void {
    const { state } = this;
    // It was not data: nothing that is shown becomes stale from here.
    if (final.kind === 'toPair') state.heardMs = null;
    state.turnAtMs = null;
    this.#pollStop();
    state.goodbye = state.impostor = null;
    state.phase = { kind: 'final', retryAtMs: endsWithUpdate(final) ? this.nowMs + VERSION_RETRY_MS : null };
    if (!state.again || !isSame(state.shown, final)) this.#tell(final);
    state.again = false;
  }

  #announced(addresses: readonly string[]): void {
    const { state, nowMs } = this;
    state.addresses = announcedAt(state.addresses, addresses);
    if (nowMs < state.notBeforeMs) return;
    const nextMs = state.hurriedMs + HURRY_EVERY_MS;
    if (nowMs < nextMs) {
      // A wait ends no later than the next hint would be accepted.
      if (state.phase.kind === 'waiting' && state.phase.retryAtMs > nextMs) {
        state.phase = { kind: 'waiting', retryAtMs: nextMs };
        this.#show();
      }
      return;
    }
    state.hurriedMs = nowMs;
    if (state.phase.kind === 'live') this.#check();
    else this.#startOver();
  }

  #pace(socket: boolean, everyMs: number | null): void {
    const { state, nowMs } = this;
    const next = everyMs === null ? null : Math.max(POLL_EVERY_MS, everyMs);
    if (next !== state.poll.everyMs) {
      const rests = state.poll.running && !state.poll.asking;
      state.poll = { ...state.poll, everyMs: next, ...(rests ? { nextAtMs: next === null ? null : nowMs + next } : {}) };
    }
    const allowed = socket && this.config.socket;
    if (allowed === state.socketAllowed) return;
    state.socketAllowed = allowed;
    if (state.phase.kind !== 'final') this.#startOver();
  }

  #time(): void {
    const { state, nowMs } = this;
    if (state.turnAtMs !== null && nowMs >= state.turnAtMs) this.#show();
    if (state.poll.nextAtMs !== null && nowMs >= state.poll.nextAtMs) this.#pollNow();
    const { phase } = state;
    if ((phase.kind === 'waiting' || phase.kind === 'final') && phase.retryAtMs !== null && nowMs >= phase.retryAtMs) {
      state.again = phase.kind === 'final';
      this.#connect();
    } else if (phase.kind === 'attempting' && nowMs >= phase.untilMs) this.#silent();
    else if (phase.kind === 'live' && nowMs >= watchDueMs(phase.watch, state.hidden)) {
      if (phase.watch.askedMs === null) this.#check();
      else this.#silent();
    }
  }

  #silent(): void {
    this.actions.push({ type: 'close' });
    this.#ended({ kind: 'lost', why: { code: 'noAnswer' }, told: false });
  }

  /** Pings the other end now. */
  #check(): void {
    const { state } = this;
    if (state.phase.kind !== 'live' || state.phase.watch.askedMs !== null) return;
    state.phase = { ...state.phase, watch: asked(state.phase.watch, this.nowMs) };
    this.actions.push({ type: 'ping' });
  }

  // --- what is shown ---

  #tell(shown: ConnectionState): void {
    this.state.shown = shown;
    this.actions.push({ type: 'state', state: shown });
  }

  /** Shows the state of a machine that does not answer. */
  #show(): void {
    const { state, nowMs } = this;
    state.turnAtMs = null;
    if (state.poll.answers) return;
    const { impostor, goodbye, shown } = state;
    if (impostor !== null) this.#tell({ kind: 'wrongMachine', foundId: impostor.foundId });
    else if (goodbye !== null && QUIET.has(goodbye.reason)) {
      const { reason, atMs } = goodbye;
      if (shown.kind !== 'ended' || shown.reason !== reason) this.#tell({ kind: 'ended', reason, ...(atMs === null ? {} : { atMs }) });
    } else {
      const retryAtMs = state.phase.kind === 'waiting' ? state.phase.retryAtMs : nowMs;
      const absence: Absence = { why: state.why, retryAtMs, tries: state.tries, heardMs: state.heardMs, seenMs: this.config.seenMs };
      this.#tell(availability(absence, nowMs));
      const turnsMs = changesInMs(absence, nowMs);
      state.turnAtMs = turnsMs === null ? null : nowMs + turnsMs;
    }
  }

  // --- polling and probing ---

  /** Where the machine answers, but no WebSocket begins, it is polled meanwhile. */
  #pollIfBlocked(): void {
    const { failures, answersHttp } = this.state;
    if (failures >= FAILED_UPGRADES && (answersHttp ?? !this.config.probes)) this.#pollStart();
  }

  #pollStart(): void {
    if (this.state.poll.running) return;
    this.state.poll = { ...this.state.poll, running: true };
    this.#pollNow();
  }

  #pollStop(): void {
    const { poll } = this.state;
    this.state.poll = { ...poll, running: false, asking: false, nextAtMs: null, answers: false };
  }

  /** Polls now, if it is polled at all. A hidden page waits until it is visible. */
  #pollNow(): void {
    const { poll, hidden } = this.state;
    if (!poll.running || poll.asking) return;
    if (hidden) {
      this.state.poll = { ...poll, nextAtMs: null };
      return;
    }
    const number = poll.number + 1;
    this.state.poll = { ...poll, asking: true, nextAtMs: null, number };
    this.actions.push({ type: 'poll', poll: number });
  }

  #polled(): void {
    const { state, nowMs } = this;
    const { everyMs } = state.poll;
    state.turnAtMs = state.goodbye = state.impostor = null;
    state.heardMs = nowMs;
    state.poll = { ...state.poll, asking: false, nextAtMs: everyMs === null ? null : nowMs + everyMs, answers: true };
    const shownMs = everyMs ?? POLL_EVERY_MS;
    if (state.shown.kind !== 'polling' || state.shown.everyMs !== shownMs) this.#tell({ kind: 'polling', everyMs: shownMs });
  }

  #pollFailed(unauthorized: boolean, why: Cause): void {
    const { state } = this;
    const answered = state.poll.answers;
    this.#pollStop();
    if (unauthorized) {
      this.#release(true);
      this.#end({ kind: 'toPair' });
    } else if (state.phase.kind === 'polled') {
      if (answered || state.tries === 0 || !this.config.probes) this.#because(why, true);
      this.#wait();
    } else if (answered && state.phase.kind === 'waiting') this.#show();
  }

  #forgetProbe(): void {
    this.state.answersHttp = this.state.impostor = null;
    this.state.probe = { running: false, startedMs: -Infinity, number: this.state.probe.number };
  }

  /** Probes why it cannot be reached: one probe at a time, seldom, and none while the page is hidden. */
  #startProbe(): void {
    const { state, nowMs } = this;
    const { probe, hidden, address } = state;
    if (!this.config.probes || hidden || probe.running || nowMs - probe.startedMs < PROBE_EVERY_MS) return;
    const number = probe.number + 1;
    state.probe = { running: true, startedMs: nowMs, number };
    this.actions.push({ type: 'probe', probe: number, address });
  }

  /** Result of a probe; a session that is open or about to open makes it obsolete. */
  #probed(verdict: Verdict, answersHttp: boolean): void {
    const { state, nowMs } = this;
    state.probe = { ...state.probe, running: false };
    state.answersHttp = answersHttp;
    const { phase } = state;
    if (phase.kind === 'final' || phase.kind === 'live') return;
    if (state.impostor?.probed) state.impostor = null;
    if (verdict.kind === 'away') this.#because(verdict.why, this.#isKnown());
    else if (verdict.kind === 'impostor') this.#impostor(verdict.foundId, true);
    if (phase.kind !== 'waiting') return;
    if (verdict.kind === 'final') {
      // An announced address is not authenticated: its answer counts for nothing.
      if (this.#isKnown()) this.#end(verdict.state);
      return;
    }
    if (verdict.kind === 'away') {
      this.#pollIfBlocked();
      if (verdict.retryAfterMs !== null) state.notBeforeMs = nowMs + verdict.retryAfterMs;
      if (state.notBeforeMs > phase.retryAtMs) state.phase = { kind: 'waiting', retryAtMs: state.notBeforeMs };
    }
    this.#show();
  }
}
