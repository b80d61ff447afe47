/** Something that a person navigated to within a view; the view scrolls to it once it is there. */
import { SUMMARY_MOUNT_CHARS } from '../../wire/contract';

/** A view that is rendered later than this does not scroll any more: the person has moved on. */
const WITHIN_MS = 5_000;

class Reveal {
  /** Where a filesystem of the machine in view is mounted. */
  #mount = $state.raw<string | null>(null);
  #untilMs = 0;

  show(mount: string): void {
    this.#mount = mount;
    this.#untilMs = Date.now() + WITHIN_MS;
  }

  /** Whether the target is `mount`; if so, the target is cleared. */
  take(mount: string): boolean {
    if (this.#mount !== [...mount].slice(0, SUMMARY_MOUNT_CHARS).join('')) return false;
    this.#mount = null;
    return Date.now() < this.#untilMs;
  }
}

export const reveal = new Reveal();
