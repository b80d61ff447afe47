/** Machines that announce themselves on this network, are unknown, and were not ignored. Unverified. */
import { machines } from '../../../state/machines/machines.svelte';
import { preferences } from '../../../state/page/preferences.svelte';
import type { FoundMachine } from '../../../wire/wire';

export function nearby(): readonly FoundMachine[] {
  const ignored = new Set(preferences.value.ignoredNearby);
  return machines.found.filter(({ id }) => !ignored.has(id));
}

export function ignore(found: FoundMachine): void {
  preferences.set({ ignoredNearby: [...preferences.value.ignoredNearby, found.id] });
}
