/** The link over a network: keeps a session with one machine for as long as the page lives, whatever happens to it.
 *
 *  A round tries all addresses of the machine, one after the other; between two rounds it waits (`backoff.ts`). Where a
 *  WebSocket does not get through though the machine answers, it is polled meanwhile. What one session is:
 *  `session.ts`; what is said of a machine that is away: `standing.ts`; why it is: `diagnosis.ts`. */
import { type Cause, thrownCause } from '../text/cause';
import { fits } from '../wire/shape';
import type { ClientMessage, Goodbye, Scope, ServerMessage, SnapshotBody } from '../wire/wire';
import { FAILED_UPGRADES } from '../wire/contract';
import { Addresses } from './addresses';
import { Backoff } from './backoff';
import { verdict } from './diagnosis';
import { Emitter } from './emitter';
import type { ConnectionState, Link, Pace, Timing } from './link';
import { Lookout } from './lookout';
import { Poller, POLL_MS } from './poller';
import { type End, Session, SUBPROTOCOL } from './session';
import { connectedOf, framesOf } from './snapshot-frames';
import { type Absence, standing, turnsInMs } from './standing';
import type { Target } from './target';

export { SUBPROTOCOL };

/** A handshake that takes longer is given up; sooner, where there is another address to try. */
const HANDSHAKE_MS = 8_000;
const HANDSHAKE_OF_MANY_MS = 3_000;
/** Signs that come faster (anybody may announce anything) are one. */
const HURRY_EVERY_MS = 2_000;
/** The machine said it would not have us: trying again changes nothing until someone acts. */
const FINAL: ReadonlySet<Goodbye> = new Set<Goodbye>(['revoked', 'unauthorized', 'protocol', 'tooLarge']);
/** Proofs that have to be refused in a row before it is believed that the machine does not know us: one that came too
 *  late, from a page or a keyring that was busy, is refused in the same words. */
const REFUSALS = 5;
/** The machine went away on purpose: no warning, and it is awaited quietly. */
const QUIET: ReadonlySet<Goodbye> = new Set<Goodbye>(['shutdown', 'suspend', 'update']);

interface Options {
  random?: () => number;
  open?: (url: string, protocol: string) => WebSocket;
}

export class SocketLink implements Link {
  readonly #target: Target;
  readonly #open: (url: string, protocol: string) => WebSocket;
  readonly #emitter = new Emitter();
  readonly #backoff: Backoff;
  readonly #addresses: Addresses;
  readonly #poller: Poller;
  /** `null`: nobody can look from outside. */
  readonly #lookout: Lookout | null;
  #session: Session | null = null;
  /** Addresses that this round has still to try. */
  #round: string[] = [];
  #address = '';
  /** Rounds that failed in a row, and sessions that never began. */
  #tries = 0;
  #failures = 0;
  /** Proofs in a row that were not taken. */
  #refused = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryAtMs: number | null = null;
  /** What is said changes with time alone. */
  #turn: ReturnType<typeof setTimeout> | undefined;
  #why: Cause = { code: 'noAnswer' };
  #heardMs: number | null = null;
  #goodbye: { reason: Goodbye; atMs: number | null } | null;
  /** Another machine answers; as in the state. */
  #impostor: { foundId: string | null } | null = null;
  /** Nothing is tried until somebody acts. */
  #final = false;
  #hurriedMs = -Infinity;
  /** The machine asked not to be tried before; kept whatever happens, but where a person wants it tried. */
  #notBeforeMs = -Infinity;
  /** The machine is polled, and answers. */
  #polling = false;
  #scope: Scope;
  #socketAllowed: boolean;
  #closed = false;

  constructor(target: Target, options: Options = {}) {
    this.#target = target;
    this.#open = options.open ?? ((url, protocol) => new WebSocket(url, protocol));
    this.#backoff = new Backoff(options.random);
    this.#addresses = new Addresses(target.addresses);
    this.#poller = new Poller({ ask: target.poll, onAnswer: (body) => this.#polled(body), onFail: (error) => this.#pollFailed(error) });
    this.#lookout = target.probe && new Lookout(target.probe);
    this.#goodbye = target.goodbye && QUIET.has(target.goodbye) ? { reason: target.goodbye, atMs: target.seenMs ?? null } : null;
    this.#scope = target.scope ?? 'view';
    this.#socketAllowed = target.socket ?? true;
    addEventListener('online', this.#online);
    document.addEventListener('visibilitychange', this.#shown);
    this.#connect();
  }

  send(message: ClientMessage): void {
    this.#session?.send(message);
  }

  onMessage(f: (message: ServerMessage) => void): () => void {
    return this.#emitter.onMessage(f);
  }

  onState(f: (state: ConnectionState) => void): () => void {
    return this.#emitter.onState(f);
  }

  onTiming(f: (timing: Timing) => void): () => void {
    return this.#emitter.onTiming(f);
  }

  retryNow(): void {
    if (this.#closed || this.#session) return;
    this.#goodbye = null;
    this.#lookout?.forget();
    this.#notBeforeMs = -Infinity;
    this.#startOver();
  }

  hurry(addresses: readonly string[] = []): void {
    this.#addresses.heard(addresses);
    const nowMs = Date.now();
    if (this.#closed || nowMs - this.#hurriedMs < HURRY_EVERY_MS || nowMs < this.#notBeforeMs) return;
    this.#hurriedMs = nowMs;
    if (this.#live) this.#session?.check();
    else this.#startOver();
  }

  setPace({ socket, everyMs }: Pace): void {
    this.#poller.everyMs = everyMs === null ? null : Math.max(POLL_MS, everyMs);
    const allowed = socket && (this.#target.socket ?? true);
    if (allowed === this.#socketAllowed) return;
    this.#socketAllowed = allowed;
    if (!this.#closed && !this.#final) this.#startOver();
  }

  refresh(): void {
    this.#poller.now();
  }

  close(): void {
    this.#closed = true;
    removeEventListener('online', this.#online);
    document.removeEventListener('visibilitychange', this.#shown);
    clearTimeout(this.#retry);
    clearTimeout(this.#turn);
    this.#poller.close();
    this.#release();
  }

  /** The network is back: no reason to wait out the rest, nor for a handshake that began before, nor to believe in an
   *  old session. */
  readonly #online = (): void => {
    if (document.visibilityState === 'hidden' || this.#final || Date.now() < this.#notBeforeMs) return;
    if (this.#live) this.#session?.check();
    else this.#startOver();
  };

  /** Somebody looks again. */
  readonly #shown = (): void => {
    if (document.visibilityState === 'hidden') return;
    if (this.#session) this.#session.check();
    else if (this.#retryAtMs !== null && Date.now() >= this.#notBeforeMs) this.#startOver();
  };

  get #live(): boolean {
    return (this.#session?.connectedAtMs ?? null) !== null;
  }

  #startOver(): void {
    this.#backoff.reset();
    this.#release();
    this.#connect();
  }

  /** Begins a round. */
  #connect(): void {
    clearTimeout(this.#retry);
    this.#retryAtMs = null;
    this.#final = false;
    this.#impostor = null;
    if (this.#socketAllowed) {
      this.#round = this.#addresses.round();
      this.#tryNext();
    } else {
      this.#poller.start();
    }
  }

  #tryNext(): void {
    const address = this.#round.shift() ?? '';
    this.#address = address;
    let socket: WebSocket;
    try {
      socket = this.#open(this.#target.url(address), SUBPROTOCOL);
    } catch {
      this.#missed({ code: 'cannotOpen' });
      return;
    }
    this.#session = new Session({
      socket,
      identity: this.#target.identity,
      handshakeMs: this.#round.length > 0 ? HANDSHAKE_OF_MANY_MS : HANDSHAKE_MS,
      onTiming: (timing) => this.#emitter.timing(timing),
      onConnected: ({ scope }) => this.#connected(scope),
      onMessage: (message) => {
        this.#heardMs = Date.now();
        if (message.type === 'goodbye') this.#goodbye = { reason: message.reason, atMs: Date.now() };
        this.#emitter.message(message);
      },
      onEnd: (end) => this.#ended(end),
    });
  }

  #connected(scope: Scope): void {
    clearTimeout(this.#turn);
    this.#poller.stop();
    this.#addresses.worked(this.#address);
    this.#polling = false;
    this.#goodbye = null;
    this.#tries = this.#failures = this.#refused = 0;
    this.#lookout?.forget();
    this.#heardMs = Date.now();
    this.#scope = scope;
    this.#emitter.setState({ kind: 'live', ...(this.#target.identity === null ? {} : { address: this.#address }) });
  }

  #ended(end: End): void {
    const wasLive = this.#release();
    switch (end.kind) {
      case 'anew':
        this.#goodbye = null;
        this.#emitter.setState({ kind: 'connecting' });
        this.#connect();
        break;
      case 'goodbye':
        if (end.reason === 'unauthorized' && !wasLive && this.#target.identity !== null && ++this.#refused < REFUSALS) this.#missed({ code: 'unproven' });
        else if (FINAL.has(end.reason)) this.#end({ kind: 'ended', reason: end.reason, ...(wasLive ? { atMs: Date.now() } : {}) });
        else if (QUIET.has(end.reason)) {
          this.#goodbye ??= { reason: end.reason, atMs: null };
          this.#wait();
        } else this.#missed({ code: end.reason === 'tooMany' ? 'full' : 'slow' });
        break;
      case 'toPair':
        // It was no data: nothing that is shown can grow old from here.
        this.#heardMs = null;
        this.#end({ kind: 'toPair' });
        break;
      case 'incompatible':
        this.#end({ kind: 'incompatible', theirs: end.theirs });
        break;
      case 'wrongMachine':
        this.#impostor = { foundId: end.foundId };
        this.#missed({ code: 'anotherMachine' });
        break;
      case 'lost':
        if (!wasLive) this.#failures += 1;
        this.#missed(end.why, wasLive);
    }
  }

  /** Lets go of the session; whether it was one. */
  #release(): boolean {
    const session = this.#session;
    this.#session = null;
    session?.close();
    const sinceMs = session?.connectedAtMs ?? null;
    if (sinceMs !== null) this.#backoff.ended(Date.now() - sinceMs);
    return sinceMs !== null;
  }

  /** This address did not do: the next one, or a rest. A connection that broke begins a round of its own. */
  #missed(why: Cause, wasLive = false): void {
    if (!wasLive && this.#round.length > 0) {
      this.#tryNext();
      return;
    }
    // What a look from outside told says more, and stands until the next.
    if (wasLive || this.#tries === 0 || !this.#lookout) this.#why = why;
    this.#wait();
  }

  #wait(): void {
    this.#tries += 1;
    this.#waitFor(Math.max(this.#backoff.nextMs(), this.#notBeforeMs - Date.now()));
    this.#pollIfBlocked();
    void this.#look();
  }

  #waitFor(waitMs: number): void {
    clearTimeout(this.#retry);
    this.#retryAtMs = Date.now() + waitMs;
    this.#retry = setTimeout(() => this.#connect(), waitMs);
    this.#show();
  }

  #end(state: ConnectionState): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#turn);
    this.#retryAtMs = null;
    this.#final = true;
    this.#polling = false;
    this.#poller.stop();
    this.#emitter.setState(state);
  }

  /** Says how it stands with a machine that is away. */
  #show(): void {
    clearTimeout(this.#turn);
    if (this.#polling) return;
    const nowMs = Date.now();
    if (this.#impostor) {
      this.#emitter.setState({ kind: 'wrongMachine', ...this.#impostor });
    } else if (this.#goodbye && QUIET.has(this.#goodbye.reason)) {
      const { reason, atMs } = this.#goodbye;
      const { state } = this.#emitter;
      if (state.kind !== 'ended' || state.reason !== reason) this.#emitter.setState({ kind: 'ended', reason, ...(atMs === null ? {} : { atMs }) });
    } else {
      const absence: Absence = { why: this.#why, retryAtMs: this.#retryAtMs ?? nowMs, tries: this.#tries, heardMs: this.#heardMs, seenMs: this.#target.seenMs };
      this.#emitter.setState(standing(absence, nowMs));
      const turnsMs = turnsInMs(absence, nowMs);
      if (turnsMs !== null) this.#turn = setTimeout(() => this.#show(), turnsMs);
    }
  }

  /** Where the machine answers, but no WebSocket begins, it is asked meanwhile. */
  #pollIfBlocked(): void {
    if (this.#failures >= FAILED_UPGRADES && (this.#lookout?.answersHttp ?? true)) this.#poller.start();
  }

  /** Finds out why it cannot be reached. A session that is about to begin finds out itself. */
  async #look(): Promise<void> {
    const probe = (await this.#lookout?.look(this.#address)) ?? null;
    if (probe === null || this.#closed || this.#final || this.#live) return;
    const found = verdict(probe);
    const retryAtMs = this.#retryAtMs;
    if (found.kind === 'away') {
      this.#why = found.why;
      if (retryAtMs === null) return;
      this.#pollIfBlocked();
      const { retryAfterMs } = found;
      if (retryAfterMs !== null) this.#notBeforeMs = Date.now() + retryAfterMs;
      if (this.#notBeforeMs > retryAtMs) this.#waitFor(this.#notBeforeMs - Date.now());
      else this.#show();
    } else if (retryAtMs !== null && found.kind === 'final') this.#end(found.state);
    else if (retryAtMs !== null && found.kind === 'impostor') {
      this.#impostor = { foundId: found.foundId };
      this.#show();
    }
  }

  #polled(body: SnapshotBody): void {
    const { identity } = this.#target;
    if (identity !== null && body.machine.id !== identity.id) {
      this.#unpolled({ code: 'anotherMachine' }, false);
      return;
    }
    const everyMs = this.#poller.everyMs ?? POLL_MS;
    const frames = framesOf(body, everyMs);
    if (!frames.every(fits)) {
      this.#unpolled({ code: 'malformed' }, false);
      return;
    }
    clearTimeout(this.#turn);
    this.#heardMs = Date.now();
    const { state } = this.#emitter;
    const began = !this.#polling;
    this.#polling = true;
    // A sample is half a second old on average when it is asked for.
    this.#emitter.timing({ roundTripMs: null, clockOffsetMs: body.sampledAtMs + 500 - Date.now() });
    if (state.kind !== 'polling' || state.everyMs !== everyMs) this.#emitter.setState({ kind: 'polling', everyMs });
    if (began) this.#emitter.message(connectedOf(body, this.#scope));
    for (const message of frames) this.#emitter.message(message);
  }

  #pollFailed(error: unknown): void {
    this.#unpolled(thrownCause(error), (error as { code?: unknown }).code === 'unauthorized');
  }

  #unpolled(why: Cause, unauthorized: boolean): void {
    this.#poller.stop();
    const was = this.#polling;
    this.#polling = false;
    if (unauthorized) this.#end({ kind: 'toPair' });
    else if (!this.#socketAllowed) this.#missed(why, was);
    else if (was && this.#retryAtMs !== null) this.#show();
  }
}
