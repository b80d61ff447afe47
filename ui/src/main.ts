/** Entry point: the code of a pairing link is removed from the address; then styles, preferences, the link, and the page. */
import { pairLink } from './link/pair-link';
import '@fontsource-variable/inter';
import './styles/tokens.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { open } from './link/open';
import { cursor } from './state/time/cursor.svelte';
import { machines } from './state/machines/machines.svelte';
import { preferences } from './state/page/preferences.svelte';
import { router } from './state/page/router.svelte';

/** Not a top-level `await`: WebKit does not report an error in a module that awaits. */
async function start(): Promise<void> {
  const { link, host, openOther } = await open();
  router.start((parameters) => cursor.read(parameters));
  pairLink.follow(link);
  machines.start(link, host, openOther);
  await preferences.load(host);
  void machines.load();
  const target = document.getElementById('app');
  if (target) mount(App, { target });
  void host?.windowReady().catch(() => undefined);
}

void start();
