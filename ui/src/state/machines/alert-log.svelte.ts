/** The alerts of one machine that the page keeps: those the machine lists, and those that came since. */
import { ALERTS_KEPT } from '../../wire/contract';
import type { AlertEvent } from '../../wire/wire';
import type { Ask } from './requests';
import { uniqueBy } from './unique';

/** The newest events, each once. */
const newest = (events: readonly AlertEvent[]): AlertEvent[] => uniqueBy(events, ({ id }) => id).slice(-ALERTS_KEPT);

export class AlertLog {
  /** Oldest first. */
  events = $state.raw<AlertEvent[]>([]);
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  add(event: AlertEvent): void {
    this.events = newest([...this.events, event]);
  }

  /** Asks the machine for its list: after connecting, and when some were missed. */
  async load(): Promise<void> {
    try {
      this.events = newest((await this.#ask('alerts.list')).events);
    } catch {
      // The connection was lost again: the next one asks again.
    }
  }

  /** Alerts that are known before there is a connection. */
  recall(events: AlertEvent[]): void {
    if (this.events.length === 0) this.events = newest(events);
  }

  /** The clock correction changed. */
  shift(shiftMs: number): void {
    this.events = this.events.map((event) => ({ ...event, atMs: event.atMs + shiftMs }));
  }

  clear(): void {
    this.events = [];
  }
}
