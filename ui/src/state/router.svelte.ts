/** Which view is open. The address says it: `#/overview?t=…`, `#/settings/sharing`; `t` belongs to the cursor. */
import { preferences } from './preferences.svelte';

export type View = 'overview' | 'processes' | 'connections' | 'settings';
const VIEWS: readonly View[] = ['overview', 'processes', 'connections', 'settings'];
export type SettingsPage = 'general' | 'sharing';
const SETTINGS_PAGES: readonly SettingsPage[] = ['general', 'sharing'];
/** What has no past, and so no time bar and no keys for it. */
const TIMELESS: ReadonlySet<View> = new Set<View>(['connections', 'settings']);

export class Router {
  view = $state<View>('overview');
  /** Which page of the settings is open, or would be. */
  settingsPage = $state<SettingsPage>('general');
  /** Parameters after `?`, as they stand in the address. */
  #parameters = new URLSearchParams();

  /** Nothing in this view has a past. */
  get timeless(): boolean {
    return TIMELESS.has(this.view);
  }

  /** Reads the address and follows it; returns the undo. */
  start(onChange: (parameters: URLSearchParams) => void): () => void {
    const read = () => {
      const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
      const [first, second] = path.split('/');
      this.view = VIEWS.find((view) => view === first) ?? preferences.value.startView;
      this.settingsPage = SETTINGS_PAGES.find((page) => page === second) ?? 'general';
      this.#parameters = new URLSearchParams(query);
      onChange(this.#parameters);
    };
    read();
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }

  /** Address of a view; keeps the moment that is looked at. */
  href(view: View, settingsPage: SettingsPage = 'general'): string {
    const query = this.#parameters.toString();
    const path = view === 'settings' && settingsPage !== 'general' ? `${view}/${settingsPage}` : view;
    return `#/${path}${query ? `?${query}` : ''}`;
  }

  go(view: View): void {
    if (view !== this.view) location.hash = this.href(view);
  }

  /** Writes a parameter into the address without a step in the browser's history. */
  setParameter(name: string, value: string | null): void {
    if (value === null) this.#parameters.delete(name);
    else this.#parameters.set(name, value);
    history.replaceState(null, '', this.href(this.view, this.settingsPage));
  }
}

export const router = new Router();
