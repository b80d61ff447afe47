/** Keys of the whole page. A view that uses one of them itself calls `preventDefault`. */
import { cursor } from '../../state/time/cursor.svelte';
import { machines } from '../../state/machines/machines.svelte';
import { router, type View } from '../../state/page/router.svelte';
import { shownOrder } from './machines/shown-order';

const TABS: readonly View[] = ['overview', 'processes'];
const LONG_STEP_S = 10;

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'));
}

export function handleKey(event: KeyboardEvent, openKeys: () => void): void {
  if (event.defaultPrevented || event.isComposing || isWriting(event.target)) return;
  if (!act(event, openKeys)) return;
  event.preventDefault();
}

/** Whether the key meant something. */
function act(event: KeyboardEvent, openKeys: () => void): boolean {
  if (event.altKey) {
    // `code`: with Alt held some layouts write another character.
    const tab = TABS[Number(event.code.replace('Digit', '')) - 1];
    if (!tab || event.ctrlKey || event.metaKey) return false;
    router.go(tab);
    return true;
  }
  if ((event.ctrlKey || event.metaKey) && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) return toNeighbour(event.key === 'ArrowUp' ? -1 : 1);
  if (event.ctrlKey || event.metaKey) return false;
  if ((event.key === 'g' || event.key === 'G') && machines.host !== null) router.go('fleet');
  else if (event.key === '?') openKeys();
  else if (event.key === ',') router.go('settings');
  else if (router.timeless) return false;
  else if (event.key === 'l' || event.key === 'L') cursor.goLive();
  else if (event.key === '[') cursor.stepSample(-1);
  else if (event.key === ']') cursor.stepSample(1);
  else if (event.key === 'ArrowLeft') cursor.step(event.shiftKey ? -LONG_STEP_S : -1);
  else if (event.key === 'ArrowRight') cursor.step(event.shiftKey ? LONG_STEP_S : 1);
  else return false;
  return true;
}

/** Shows the machine before or after this one, as the sidebar lists them; from the fleet, the first or the last. */
function toNeighbour(direction: -1 | 1): boolean {
  const order = shownOrder();
  if (order.length < 2) return false;
  const at = router.view === 'fleet' ? (direction > 0 ? -1 : order.length) : order.findIndex(({ key }) => key === router.machineKey);
  const next = order[at + direction];
  if (next) router.go(router.view === 'processes' ? 'processes' : 'overview', next.key);
  return true;
}
