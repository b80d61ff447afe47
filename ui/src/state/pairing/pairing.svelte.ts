/** Pairing of this browser with the machine of this page: by the code of a link, or by six digits and an approval there.
 *
 *  `notice` follows the connection: the link's code is sent only once the machine has asked who this is. */
import { untrack } from 'svelte';
import { askToPair, type BrowserPairAnswer, revokeOwnAccess, PairRefused } from '../../link/pair';
import { pairLink } from '../../link/pair-link';
import { shutOut, type ConnectionState } from '../../link/link';
import { sentence } from '../../text/sentence';
import { NAME_CHARS } from '../../wire/contract';
import { machine } from '../machines/machine.svelte';
import { deviceName } from './pairing-name';
import { remember, remembered, type Pairing } from './pairing-memory';
import { BROKEN_LINK, BROKEN_LINK_NEXT, COOKIES_OFF, cookiesBlocked, cookiesNext, nextAfter, NO_DECISION, STILL_UNKNOWN, STILL_UNKNOWN_NEXT, unreachableMessage } from './pairing-messages';

/** Phase of the pairing. Times are this page's clock, Unix milliseconds. */
export type PairPhase =
  | { kind: 'form' }
  | { kind: 'asking'; with: 'code' | 'digits' }
  /** The digits were right; the machine's owner has to approve until then. */
  | { kind: 'waiting'; untilMs: number }
  /** Paired; the stream is tried again. */
  | { kind: 'paired' };

export interface PairProblem {
  /** What is wrong, for people. */
  readonly text: string;
  /** What to do next. */
  readonly next: string;
}

/** Between two questions about one request, where the machine does not hold the answer back. */
const PAUSE_MS = 1_000;
/** How much longer than it said a machine that cannot be reached is asked for its decision. */
const GRACE_MS = 5_000;
/** A session whose access was revoked here ends within this time, or is closed here. */
const HANG_UP_WITHIN_MS = 2_000;

export class PairingState {
  phase = $state.raw<PairPhase>({ kind: 'form' });
  problem = $state.raw<PairProblem | null>(null);
  /** After a wrong code: how often this device may still try. */
  triesLeft = $state.raw<number | null>(null);
  /** Until then the machine rejects codes of this device. */
  blockedUntilMs = $state.raw(0);
  /** What this device calls itself. */
  name = $state(deviceName(navigator));
  /** What this browser remembers of an earlier pairing. */
  before = $state.raw<Pairing | null>(remembered());
  /** The access was revoked here. */
  revokedHere = $state.raw(false);
  /** The code of the link was not used and may be sent again. */
  canRepeat = $state.raw(false);
  #stop: AbortController | null = null;
  #checking = false;

  /** Follows the connection, also while the pairing page is not shown; returns the undo. */
  follow(): () => void {
    return $effect.root(() => {
      $effect(() => {
        const { connection } = machine;
        untrack(() => this.notice(connection));
      });
    });
  }

  /** Called with each state of the connection. */
  notice(connection: ConnectionState): void {
    if (connection.kind === 'live') {
      this.#begin();
      this.phase = { kind: 'form' };
      this.revokedHere = this.#checking = false;
    } else if (shutOut(connection)) {
      if (this.phase.kind === 'paired') this.#fail({ text: cookiesBlocked(this.before?.name ?? location.hostname), next: cookiesNext(location.host) });
      else if (this.phase.kind === 'form') {
        if (this.#checking) this.#fail({ text: STILL_UNKNOWN, next: STILL_UNKNOWN_NEXT });
        this.followLink();
      }
      this.#checking = false;
    } else if (connection.kind === 'reconnecting' && pairLink.held !== null) {
      this.problem = { text: unreachableMessage(location.hostname), next: 'It is tried again automatically.' };
    }
  }

  /** Handles links that are opened while this page is loaded; returns the undo. */
  followLinks(): () => void {
    return pairLink.onLink(() => {
      if (this.phase.kind === 'form' && shutOut(machine.connection)) this.followLink();
    });
  }

  /** Sends the code of the link, if there is one. */
  followLink(): void {
    const code = pairLink.held;
    if (code === null) return;
    if (!pairLink.whole) {
      pairLink.forget();
      this.#fail({ text: BROKEN_LINK, next: BROKEN_LINK_NEXT });
      return;
    }
    if (this.#hasCookies()) void this.#ask('code', (signal) => askToPair({ with: 'code', code, name: this.#named() }, signal));
  }

  /** Sends the six digits. */
  type(digits: string): void {
    if (this.#hasCookies()) void this.#ask('digits', (signal) => askToPair({ with: 'digits', digits, name: this.#named() }, signal));
  }

  /** Stops waiting. */
  cancel(): void {
    this.#begin();
    this.phase = { kind: 'form' };
  }

  /** Checks whether this page has access now. */
  tryStream(): void {
    machine.retryNow();
  }

  /** The same for a person, who gets a message where it has none. */
  checkAgain(): void {
    this.#checking = true;
    this.tryStream();
  }

  /** Revokes this browser's own access; rejects with a message for people. */
  async revokeOwnAccess(): Promise<void> {
    try {
      await revokeOwnAccess();
    } catch (error) {
      throw new Error(error instanceof PairRefused ? sentence(error.message) : unreachableMessage(location.hostname), { cause: error });
    }
    remember(null);
    this.before = null;
    this.revokedHere = true;
    setTimeout(() => {
      if (machine.fresh) location.reload();
    }, HANG_UP_WITHIN_MS);
  }

  async #ask(by: 'code' | 'digits', send: (signal: AbortSignal) => Promise<BrowserPairAnswer>): Promise<void> {
    const signal = this.#begin();
    this.phase = { kind: 'asking', with: by };
    try {
      const answer = await send(signal);
      if (signal.aborted) return;
      if (by === 'code') this.#forgetLink();
      if (answer.state === 'waiting') await this.#wait(answer.request, answer.leftMs, signal);
      else this.#paired(answer.machineName);
    } catch (error) {
      if (signal.aborted) return;
      if (by === 'code') this.#afterCode(error);
      this.#refused(error);
    }
  }

  /** Asks what became of the request, until it is decided. A hidden page asks nothing. */
  async #wait(request: string, leftMs: number, signal: AbortSignal): Promise<void> {
    let untilMs = Date.now() + leftMs;
    this.phase = { kind: 'waiting', untilMs };
    for (;;) {
      await shown(signal);
      if (signal.aborted) return;
      const askedMs = Date.now();
      const answer = await this.#decision(request, untilMs, signal);
      if (signal.aborted) return;
      if (answer?.state === 'paired') {
        this.#paired(answer.machineName);
        return;
      }
      if (answer?.state === 'waiting') {
        untilMs = Date.now() + answer.leftMs;
        this.phase = { kind: 'waiting', untilMs };
      }
      await pause(PAUSE_MS - (Date.now() - askedMs), signal);
    }
  }

  /** What became of the request; `null` where no answer came, and it is asked again. */
  async #decision(request: string, untilMs: number, signal: AbortSignal): Promise<BrowserPairAnswer | null> {
    const seen = whileShown(signal);
    try {
      return await askToPair({ with: 'request', request }, seen.signal);
    } catch (error) {
      if (error instanceof PairRefused || (!seen.signal.aborted && Date.now() > untilMs + GRACE_MS)) throw error;
      return null;
    } finally {
      seen.end();
    }
  }

  #paired(name: string): void {
    this.phase = { kind: 'paired' };
    this.before = { name };
    this.revokedHere = false;
    remember(this.before);
    machine.retryNow();
  }

  #refused(error: unknown): void {
    const waited = this.phase.kind === 'waiting';
    if (!(error instanceof PairRefused)) {
      this.#fail(waited ? { text: NO_DECISION, next: unreachableMessage(location.hostname) } : { text: unreachableMessage(location.hostname), next: '' });
      return;
    }
    this.#fail({ text: sentence(error.message), next: nextAfter(error.status) });
    this.triesLeft = error.triesLeft;
    if (error.status === 429 && error.retryAfterMs !== null) this.blockedUntilMs = Date.now() + error.retryAfterMs;
  }

  /** A code that the machine checked is used up; one that it did not check is kept for another try. */
  #afterCode(error: unknown): void {
    this.canRepeat = !(error instanceof PairRefused) || error.status === 429 || error.status >= 500;
    if (!this.canRepeat) this.#forgetLink();
  }

  #forgetLink(): void {
    pairLink.forget();
    this.canRepeat = false;
  }

  #fail(problem: PairProblem): void {
    this.phase = { kind: 'form' };
    this.problem = problem;
  }

  /** Without cookies a code would be used up for nothing. */
  #hasCookies(): boolean {
    if (navigator.cookieEnabled) return true;
    this.canRepeat = pairLink.held !== null;
    this.#fail({ text: COOKIES_OFF, next: cookiesNext(location.host) });
    return false;
  }

  #named(): string {
    const name = this.name.trim().slice(0, NAME_CHARS);
    return name === '' ? deviceName(navigator) : name;
  }

  /** Aborts the pairing under way; its later answers are ignored. */
  #begin(): AbortSignal {
    this.#stop?.abort();
    this.#stop = new AbortController();
    this.problem = null;
    this.triesLeft = null;
    return this.#stop.signal;
  }
}

/** Resolves when the page is visible, or `signal` aborts. */
function shown(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (document.visibilityState !== 'hidden' || signal.aborted) {
      resolve();
      return;
    }
    const look = (): void => {
      if (document.visibilityState === 'hidden' && !signal.aborted) return;
      document.removeEventListener('visibilitychange', look);
      signal.removeEventListener('abort', look);
      resolve();
    };
    document.addEventListener('visibilitychange', look);
    signal.addEventListener('abort', look);
  });
}

/** Aborts with `signal`, and when the page is hidden: a phone that goes to sleep must close the request first, or it misses
 *  the answer that is given meanwhile. */
function whileShown(signal: AbortSignal): { signal: AbortSignal; end: () => void } {
  const hidden = new AbortController();
  const look = (): void => {
    if (document.visibilityState === 'hidden') hidden.abort();
  };
  document.addEventListener('visibilitychange', look);
  return { signal: AbortSignal.any([signal, hidden.signal]), end: () => document.removeEventListener('visibilitychange', look) };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, ms));
    signal.addEventListener('abort', end);
  });
}

export const pairing = new PairingState();
pairing.follow();
