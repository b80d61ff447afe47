/** Preferences of the person, with one interface for both stores: the window's host stores them in a file, a browser in
 *  localStorage. Both write localStorage too: the theme is read from there before the first paint. */
import type { Host } from '../../link/link';

export type ThemeChoice = 'system' | 'light' | 'dark';
export type RangeMinutes = 1 | 5 | 15;
export type StartView = 'overview' | 'processes';
/** How often figures change on this screen: with each sample, every so many seconds, or when asked for. */
export type UpdateEvery = 'sampled' | 5 | 10 | 30 | 60 | 'paused';

/** How the machines of the fleet are grouped, in which order they stand, and what is compared. */
export type FleetGroup = 'tag' | 'state' | 'none';
export type FleetSort = 'own' | 'hurt';
export type FleetMetric = 'cpu' | 'memory' | 'diskFull' | 'net' | 'temperature';

export interface Preferences {
  theme: ThemeChoice;
  /** What a chart spans. */
  rangeMinutes: RangeMinutes;
  /** What opens where the address names no view. */
  startView: StartView;
  updateEvery: UpdateEvery;
  /** No WebSocket: machines are polled every few seconds. */
  pollOnly: boolean;
  /** By what the short list of processes is sorted. */
  topBy: 'cpu' | 'memory' | 'disk';
  /** Device keys of idle devices that are shown all the same. */
  unfolded: string[];
  /** Messages of dismissed faults. */
  dismissedFaults: string[];
  fleetGroup: FleetGroup;
  fleetSort: FleetSort;
  fleetMetric: FleetMetric;
  /** Groups of machines that are folded, by their names. */
  foldedGroups: string[];
  /** Ids of machines nearby that are not to be offered. */
  ignoredNearby: string[];
  /** Kept for the process table, in its own shape. */
  processes: Record<string, unknown>;
}

const KEY = 'sightline.preferences';
const DEFAULTS: Preferences = { theme: 'system', rangeMinutes: 5, startView: 'overview', updateEvery: 'sampled', pollOnly: false, topBy: 'cpu', unfolded: [], dismissedFaults: [], fleetGroup: 'tag', fleetSort: 'own', fleetMetric: 'cpu', foldedGroups: [], ignoredNearby: [], processes: {} };
/** Bound on remembered dismissals. */
export const MAX_DISMISSED = 50;
/** Bounds on remembered groups, and on machines that are not offered. */
const MAX_FOLDED = 100;
const MAX_IGNORED = 200;

/** What was stored, with defaults for what is missing or of the wrong kind; unknown fields are kept as they are. */
export function checked(raw: unknown): Preferences {
  const stored = (typeof raw === 'object' && raw !== null ? raw : {}) as Partial<Record<keyof Preferences, unknown>>;
  const oneOf = <T>(value: unknown, ...allowed: T[]): T | undefined => allowed.find((candidate) => candidate === value);
  const strings = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []);
  return {
    ...stored,
    theme: oneOf<ThemeChoice>(stored.theme, 'system', 'light', 'dark') ?? DEFAULTS.theme,
    rangeMinutes: oneOf<RangeMinutes>(stored.rangeMinutes, 1, 5, 15) ?? DEFAULTS.rangeMinutes,
    startView: oneOf<StartView>(stored.startView, 'overview', 'processes') ?? DEFAULTS.startView,
    updateEvery: oneOf<UpdateEvery>(stored.updateEvery, 'sampled', 5, 10, 30, 60, 'paused') ?? DEFAULTS.updateEvery,
    pollOnly: stored.pollOnly === true,
    topBy: oneOf<Preferences['topBy']>(stored.topBy, 'cpu', 'memory', 'disk') ?? DEFAULTS.topBy,
    unfolded: strings(stored.unfolded),
    dismissedFaults: strings(stored.dismissedFaults).slice(-MAX_DISMISSED),
    fleetGroup: oneOf<FleetGroup>(stored.fleetGroup, 'tag', 'state', 'none') ?? DEFAULTS.fleetGroup,
    fleetSort: oneOf<FleetSort>(stored.fleetSort, 'own', 'hurt') ?? DEFAULTS.fleetSort,
    fleetMetric: oneOf<FleetMetric>(stored.fleetMetric, 'cpu', 'memory', 'diskFull', 'net', 'temperature') ?? DEFAULTS.fleetMetric,
    foldedGroups: strings(stored.foldedGroups).slice(-MAX_FOLDED),
    ignoredNearby: strings(stored.ignoredNearby).slice(-MAX_IGNORED),
    processes: typeof stored.processes === 'object' && stored.processes !== null ? (stored.processes as Record<string, unknown>) : {},
  };
}

export class PreferencesState {
  value = $state.raw<Preferences>(DEFAULTS);
  #host: Host | null = null;
  readonly #listeners = new Set<() => void>();

  constructor() {
    this.value = checked(readLocal());
  }

  /** In the window the host's copy counts. */
  async load(host: Host | null): Promise<void> {
    this.#host = host;
    if (!host) return;
    try {
      const stored = await host.readPreferences();
      if (stored !== null) this.#apply(checked(stored));
    } catch {
      // The host cannot read its store: the page's own copy is used.
    }
  }

  /** Changes some fields and keeps them. */
  set(change: Partial<Preferences>): void {
    this.#apply({ ...this.value, ...change });
    this.#host?.writePreferences(this.value).catch(() => undefined);
  }

  /** Calls `f` after each change, for code outside of components; returns the undo. */
  onChange(f: () => void): () => void {
    this.#listeners.add(f);
    return () => this.#listeners.delete(f);
  }

  #apply(value: Preferences): void {
    this.value = value;
    applyTheme(value.theme);
    try {
      localStorage.setItem(KEY, JSON.stringify(value));
    } catch {
      // Storage is off: the preferences last as long as the page.
    }
    for (const f of this.#listeners) f();
  }
}

function readLocal(): unknown {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? 'null');
  } catch {
    return null;
  }
}

function applyTheme(theme: ThemeChoice): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export const preferences = new PreferencesState();
