/** State of the dialog that adds a machine: whether it is open, and what it begins with. */
import type { FoundMachine, KnownMachine } from '../../wire/wire';

/** What is known of the machine already; not authenticated. */
export interface AddStart {
  /** `host:port` or `host`, to probe. */
  address?: string;
  /** A machine that announces itself: pairing begins with it. */
  found?: FoundMachine;
  /** A pairing link. */
  link?: string;
}

class AddMachineState {
  open = $state(false);
  start = $state.raw<AddStart>({});

  /** Opens it, filled in. */
  show(start: AddStart = {}): void {
    this.start = start;
    this.open = true;
  }

  /** Opens it to pair again with a machine of the list. */
  showKnown({ id, addresses, family }: KnownMachine, name: string): void {
    this.show({ found: { id, name, addresses, family, foundAtMs: 0 } });
  }

  close(): void {
    this.open = false;
    this.start = {};
  }
}

export const addMachine = new AddMachineState();
