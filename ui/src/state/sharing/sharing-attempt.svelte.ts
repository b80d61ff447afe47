/** One action of the person: busy while the request runs, and its error. */
import { sentence } from '../../text/sentence';

export class Attempt {
  busy = $state(false);
  /** A sentence that says why it did not work; `null`: it did, or was not tried. */
  problem = $state.raw<string | null>(null);

  /** Runs `act`; whether it worked. While one runs, another is not begun. */
  async run(act: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.problem = null;
    try {
      await act();
      return true;
    } catch (error) {
      this.problem = sentence(error instanceof Error ? error.message : String(error));
      return false;
    } finally {
      this.busy = false;
    }
  }
}
