/** Filter of the fleet: its text, the pressed chips, and the machine that is pointed at. It stays while another view is open. */
import type { MachineMark } from '../../state/machines/machine-mark';
import { parseFleetFilter, type FleetFilter } from './filter';

/** A pointer that stays this long on a card is intentional. */
const RESTS_MS = 120;

class FleetView {
  /** As it is typed. */
  text = $state('');
  /** Chips that are pressed. */
  marks = $state.raw<ReadonlySet<MachineMark>>(new Set());
  /** Key of the machine that is pointed at. */
  raised = $state.raw<string | null>(null);
  #pointing: ReturnType<typeof setTimeout> | undefined;
  readonly query = $derived(parseFleetFilter(this.text));
  #good: FleetFilter | null = null;

  /** The last filter that could be read. */
  readonly filter = $derived.by(() => {
    if (this.query.ok) this.#good = this.query.filter;
    return this.#good;
  });

  /** The pointer entered or left a card: its line is raised once the pointer rests, not while cards scroll past it. */
  point(key: string | null): void {
    clearTimeout(this.#pointing);
    if (key === null) this.raised = null;
    else this.#pointing = setTimeout(() => (this.raised = key), RESTS_MS);
  }

  toggle(mark: MachineMark): void {
    const marks = new Set(this.marks);
    if (!marks.delete(mark)) marks.add(mark);
    this.marks = marks;
  }

  clear(): void {
    this.text = '';
    this.marks = new Set();
  }
}

export const fleet = new FleetView();
