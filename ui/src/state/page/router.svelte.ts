/** Router: which view is open, and of which machine, as in the address: `#/overview?t=…`, `#/settings/sharing`, `#/fleet`,
 *  `#/m/<id>/processes` for another machine; `t` belongs to the cursor. */
import { preferences } from './preferences.svelte';

export type View = 'fleet' | 'overview' | 'processes' | 'connections' | 'settings';
const VIEWS: readonly View[] = ['fleet', 'overview', 'processes', 'connections', 'settings'];
/** Views of one machine; the others are of all, or of this one. */
const OF_ONE: ReadonlySet<View> = new Set<View>(['overview', 'processes']);
export type SettingsPage = 'general' | 'machines' | 'sharing';
const SETTINGS_PAGES: readonly SettingsPage[] = ['general', 'machines', 'sharing'];
/** Views without a history, and so without a time bar and its keys. */
const TIMELESS: ReadonlySet<View> = new Set<View>(['connections', 'settings']);

export class Router {
  view = $state<View>('overview');
  /** Key of the machine that the address names; empty: this machine. */
  machineKey = $state('');
  /** Which page of the settings is open, or would be. */
  settingsPage = $state<SettingsPage>('general');
  /** Parameters after `?`, as they stand in the address. */
  #parameters = new URLSearchParams();

  /** This view has no history. */
  get timeless(): boolean {
    return TIMELESS.has(this.view);
  }

  /** Reads the address and follows it; returns the undo. */
  start(onChange: (parameters: URLSearchParams) => void): () => void {
    const read = () => {
      const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
      const parts = path.split('/');
      const key = parts[0] === 'm' && parts[1] ? decodeURIComponent(parts[1]) : '';
      const [first, second] = key === '' ? parts : parts.slice(2);
      this.view = VIEWS.find((view) => view === first) ?? preferences.value.startView;
      this.settingsPage = SETTINGS_PAGES.find((page) => page === second) ?? 'general';
      // The settings are of no machine in particular: the machine in view stays. Fleet shows all, by this machine's clock.
      if (OF_ONE.has(this.view)) this.machineKey = key;
      else if (this.view === 'fleet') this.machineKey = '';
      this.#parameters = new URLSearchParams(query);
      onChange(this.#parameters);
    };
    read();
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }

  /** Address of a view, of the machine in view or of another; keeps the time cursor. */
  href(view: View, settingsPage: SettingsPage = 'general', machineKey = this.machineKey): string {
    const query = this.#parameters.toString();
    const of = machineKey !== '' && OF_ONE.has(view) ? `m/${encodeURIComponent(machineKey)}/` : '';
    const path = of + (view === 'settings' && settingsPage !== 'general' ? `${view}/${settingsPage}` : view);
    return `#/${path}${query ? `?${query}` : ''}`;
  }

  go(view: View, machineKey = this.machineKey): void {
    if (view !== this.view || machineKey !== this.machineKey) location.hash = this.href(view, 'general', machineKey);
  }

  /** Writes a parameter into the address without a step in the browser's history. */
  setParameter(name: string, value: string | null): void {
    if (value === null) this.#parameters.delete(name);
    else this.#parameters.set(name, value);
    history.replaceState(null, '', this.href(this.view, this.settingsPage));
  }
}

export const router = new Router();
