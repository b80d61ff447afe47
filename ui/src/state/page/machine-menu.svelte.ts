/** Which machine is being renamed, tagged or removed: `machineMenu.edit = { key, what }` opens the dialog. */
export interface MachineEdit {
  /** Key of the machine (`MachineState.key`). */
  key: string;
  what: 'rename' | 'tags' | 'remove';
}

class MachineMenuState {
  edit = $state.raw<MachineEdit | null>(null);
}

export const machineMenu = new MachineMenuState();
