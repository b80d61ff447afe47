/** Current theme, dark or light. Canvases read colours once and need to know when to read them again. */
import { preferences, type ThemeChoice } from './preferences.svelte';

class Theme {
  #systemDark = $state(false);

  constructor() {
    const query = matchMedia('(prefers-color-scheme: dark)');
    this.#systemDark = query.matches;
    query.addEventListener('change', () => (this.#systemDark = query.matches));
  }

  get choice(): ThemeChoice {
    return preferences.value.theme;
  }

  set choice(choice: ThemeChoice) {
    preferences.set({ theme: choice });
  }

  get current(): 'light' | 'dark' {
    return this.choice === 'system' ? (this.#systemDark ? 'dark' : 'light') : this.choice;
  }
}

export const theme = new Theme();
