/** The machines in the order in which the sidebar lists them: this one, then group by group. */
import type { MachineState } from '../../../state/machines/machine-state.svelte';
import { machines } from '../../../state/machines/machines.svelte';
import { byTag, firstTag, UNTAGGED, type Group } from './groups';

export function shownGroups(): Group<MachineState>[] {
  return byTag(machines.others, ({ known }) => (known ? firstTag(known) : UNTAGGED));
}

export function shownOrder(): readonly MachineState[] {
  return [machines.here, ...shownGroups().flatMap(({ members }) => members)];
}
