/** The messages that are kept, oldest first, within two bounds; and those of them that pass a filter. */
import { kindOf, type LogEntry } from './console-message';

/** Bound on the messages. */
export const KEPT_MESSAGES = 1_000;
/** A few frames of the largest kind must not push the page's memory up. */
export const KEPT_BYTES = 8 * 2 ** 20;
/** Kinds told apart in the filter; those beyond are found by their text. */
export const KINDS_LISTED = 64;

export class MessageLog {
  #entries: LogEntry[] = [];
  #bytes = 0;
  #dropped = 0;

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** How many were dropped to make room. */
  get dropped(): number {
    return this.#dropped;
  }

  push(entry: LogEntry): void {
    this.#entries.push(entry);
    this.#bytes += weight(entry);
    let gone = 0;
    while (this.#entries.length - gone > KEPT_MESSAGES || (this.#bytes > KEPT_BYTES && gone < this.#entries.length - 1)) {
      this.#bytes -= weight(this.#entries[gone] as LogEntry);
      gone += 1;
    }
    if (gone > 0) this.#entries.splice(0, gone);
    this.#dropped += gone;
  }

  clear(): void {
    this.#entries = [];
    this.#bytes = 0;
    this.#dropped = 0;
  }
}

/** What an entry costs: its text, or what it was on the wire. */
function weight(entry: LogEntry): number {
  return Math.max(entry.bytes, entry.text.length);
}

export interface Filter {
  /** Contained in the text or the kind, whatever the case; empty: all. */
  text: string;
  /** As `kindOf` says; empty: all. */
  kind: string;
  direction: '' | LogEntry['direction'];
}

export const NO_FILTER: Filter = { text: '', kind: '', direction: '' };

export function matches(entry: LogEntry, filter: Filter): boolean {
  if (filter.direction !== '' && entry.direction !== filter.direction) return false;
  if (filter.kind !== '' && kindOf(entry) !== filter.kind) return false;
  if (filter.text === '') return true;
  const wanted = filter.text.toLowerCase();
  return entry.text.toLowerCase().includes(wanted) || kindOf(entry).toLowerCase().includes(wanted);
}

/** The entries that pass a filter, kept up to date: each entry is tested once. */
export class FilteredLog {
  #filter = NO_FILTER;
  #shown: LogEntry[] = [];
  /** Number of the last entry that was tested. */
  #testedUpTo = -1;

  /** After a change of the filter all entries are tested again. */
  set filter(filter: Filter) {
    this.#filter = filter;
    this.#shown = [];
    this.#testedUpTo = -1;
  }

  /** What is shown of `entries` now; a new list each time. */
  follow(entries: readonly LogEntry[]): readonly LogEntry[] {
    const first = entries[0]?.number ?? Number.POSITIVE_INFINITY;
    const stays = this.#shown.findIndex((entry) => entry.number >= first);
    const kept = stays < 0 ? [] : this.#shown.slice(stays);
    const from = Math.max(0, this.#testedUpTo + 1 - first);
    for (const entry of first === Number.POSITIVE_INFINITY ? [] : entries.slice(from)) if (matches(entry, this.#filter)) kept.push(entry);
    this.#testedUpTo = entries.at(-1)?.number ?? this.#testedUpTo;
    this.#shown = kept;
    return kept;
  }
}
