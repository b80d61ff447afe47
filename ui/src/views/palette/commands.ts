/** Commands of the palette: views, settings, the filter of the process table, a moment to go to. */
import { addMachine } from '../../state/page/add-machine.svelte';
import { cursor } from '../../state/time/cursor.svelte';
import { machine } from '../../state/machines/machine.svelte';
import { machines } from '../../state/machines/machines.svelte';
import { processes } from '../../state/processes/processes.svelte';
import { SPAN_MS } from '../../state/history/ring';
import { router, type SettingsPage } from '../../state/page/router.svelte';
import { sharing } from '../../state/sharing/sharing.svelte';
import { isProcessFilter } from '../../text/query/find';
import type { Node } from '../../text/query/parse';
import { clock, duration } from '../../text/time';
import { typedMoment } from '../../text/typed-moment';
import { visible } from '../../text/visible';
import type { DoRow } from './rows';

/** A command, and further words it is found by. */
interface Command extends DoRow {
  readonly words: string;
}

/** Result for a typed time: a row that moves the cursor there, or why it cannot. */
export type Moment = { readonly row: DoRow } | { readonly problem: string };

/** `null`: the text is not a time. */
export function momentOf(text: string, nowMs: number): Moment | null {
  const typed = typedMoment(text, nowMs);
  if (typed === null) return null;
  const kept = `The last ${duration(SPAN_MS)} are kept.`;
  if (typed.atMs > nowMs) return { problem: `${typed.text} is still to come.` };
  if (typed.atMs < nowMs - SPAN_MS) return { problem: `${typed.text} is not kept. ${kept}` };
  const run = (): void => {
    if (router.timeless) router.go('overview');
    cursor.pin(typed.atMs);
  };
  return { row: { kind: 'do', id: 'do moment', icon: 'clock', title: `Go to ${typed.text}`, about: 'every machine, every view', run } };
}

function commands(): Command[] {
  const name = visible(machine.name);
  const window = machines.host !== null;
  const settings = (page: SettingsPage): void => void (location.hash = router.href('settings', page));
  const list: (Command | false)[] = [
    window && { kind: 'do', id: 'do fleet', icon: 'desk', title: 'Fleet', about: 'all machines', keys: 'G', words: 'machines all', run: () => router.go('fleet') },
    { kind: 'do', id: 'do overview', icon: 'gauge', title: 'Overview', about: name, keys: 'Alt 1', words: 'lanes charts', run: () => router.go('overview') },
    { kind: 'do', id: 'do processes', icon: 'processes', title: 'Processes', about: name, keys: 'Alt 2', words: 'tasks table', run: () => router.go('processes') },
    !cursor.live && { kind: 'do', id: 'do live', icon: 'play', title: 'Back to live', about: cursor.pinnedMs === null ? '' : `from ${clock(cursor.pinnedMs)}`, keys: 'L', words: 'now', run: () => cursor.goLive() },
    window && { kind: 'do', id: 'do add', icon: 'plus', title: 'Add a machine', about: 'found on this network, by address, by link', words: 'pair new connect', run: () => addMachine.show() },
    { kind: 'do', id: 'do settings', icon: 'settings', title: 'Settings', about: 'look, figures, start, updates', keys: ',', words: 'general preferences theme dark light', run: () => settings('general') },
    window && { kind: 'do', id: 'do machines', icon: 'list', title: 'Machines', about: 'Settings: order, names, export, import', words: 'settings rename remove tags list', run: () => settings('machines') },
    sharing.current !== null && { kind: 'do', id: 'do sharing', icon: 'share', title: 'Sharing', about: 'Settings: who has access', words: 'settings pair phone code qr', run: () => settings('sharing') },
    { kind: 'do', id: 'do connections', icon: 'viewers', title: 'Connections', about: `who watches ${visible(machines.here.name)}`, words: 'viewers sessions', run: () => router.go('connections') },
  ];
  return list.filter((command) => command !== false);
}

/** Commands that match the text; all of them while it is empty. */
export function doRows(text: string, root: Node | null): DoRow[] {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const rows: DoRow[] = commands().filter((command) => words.every((word) => `${command.title} ${command.words}`.toLowerCase().split(' ').some((known) => known.startsWith(word))));
  if (isProcessFilter(root)) {
    const filter = text.trim();
    rows.push({ kind: 'do', id: 'do filter', icon: 'search', title: 'Filter processes', about: `${filter} on ${visible(machine.name)}`, run: () => {
      processes.setQuery(filter);
      router.go('processes');
    } });
  }
  return rows;
}
