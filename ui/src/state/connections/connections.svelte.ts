/** Who is connected to this machine, for its owner. Subscribed only while a view shows it.
 *
 *  With scope `control`, as in the window, it subscribes to channel `sessions`; another page polls over HTTP. */
import { connectionStats, NotAllowed } from '../../link/stats';
import type { Scope, Sessions } from '../../wire/wire';
import { type Attendance, fromSessions, fromStats, withRates } from './connection-list';
import { machines } from '../machines/machines.svelte';

/** Interval of the channel while no viewer connects or disconnects. */
const ASK_EVERY_MS = 5_000;

export type Refusal = 'forbidden' | 'unavailable';

class Connections {
  /** `null` until the first answer. */
  attendance = $state.raw<Attendance | null>(null);
  /** Why there is nothing to show. */
  refusal = $state.raw<Refusal | null>(null);

  /** Follows with what `scope` allows; returns the undo. */
  follow(scope: Scope | null): () => void {
    if (scope === null) return () => undefined;
    this.refusal = null;
    if (scope === 'control') return machines.here.use('sessions', (frame) => this.#take(fromSessions(frame.data as Sessions, frame.sampledAtMs)));
    return this.#askRepeatedly();
  }

  #take(attendance: Attendance): void {
    this.attendance = withRates(attendance, this.attendance);
    this.refusal = null;
  }

  /** One request at a time, none while the page is hidden, none after a refusal. */
  #askRepeatedly(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const ask = async () => {
      clearTimeout(timer);
      if (ended || document.visibilityState === 'hidden') return;
      try {
        const stats = fromStats(await connectionStats(), Date.now());
        if (ended) return;
        if (stats) this.#take(stats);
        else this.refusal = 'forbidden';
      } catch (error) {
        if (error instanceof NotAllowed) this.refusal = error.status === 401 || error.status === 403 ? 'forbidden' : 'unavailable';
      }
      if (!ended && this.refusal === null) timer = setTimeout(() => void ask(), ASK_EVERY_MS);
    };
    const onVisibility = () => void ask();
    document.addEventListener('visibilitychange', onVisibility);
    void ask();
    return () => {
      ended = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }
}

export const connections = new Connections();
