/** The definition of a number, opened beside it: one at a time. */
import { machine } from './machine.svelte';

export interface Definition {
  metric: string;
  title: string;
  about: string;
  /** Where it was opened, in the page. */
  x: number;
  y: number;
}

class Definitions {
  open = $state.raw<Definition | null>(null);

  about(metric: string): string {
    return machine.definitions.get(metric) ?? '';
  }

  toggle(metric: string, title: string, beside: DOMRect): void {
    const about = this.about(metric);
    this.open = about === '' || this.open?.metric === metric ? null : { metric, title, about, x: beside.left, y: beside.bottom };
  }

  close(): void {
    this.open = null;
  }
}

export const definitions = new Definitions();
