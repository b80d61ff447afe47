/** Writes the list of machines, through the window's program: one write after the other, with the list as it is
 *  at the time of the write, and only if something changed. What a person changed is written at once; what was learned (last seen,
 *  addresses, descriptions) seldom, since it is needed at the next start only. */
import type { KnownMachine } from '../../wire/wire';
import { sameList } from './machine-list';

/** Between two writings of what was learned. */
const WRITE_EVERY_MS = 5_000;

interface Options {
  list: () => readonly KnownMachine[];
  write: (list: readonly KnownMachine[]) => Promise<unknown>;
}

export class ListKeeping {
  /** The list as it was last written or read. */
  kept: readonly KnownMachine[] = [];
  readonly #options: Options;
  /** A machine that is missing in a written list is removed, and its token deleted: nothing is written while the program
   *  may already know a machine that the page does not. */
  #adding = 0;
  #additions: Promise<unknown> = Promise.resolve();
  #writing: Promise<unknown> = Promise.resolve();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Something was learned. */
  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // Only learned data is lost, which is learned again: the next change tries again.
      this.now().catch(() => undefined);
    }, WRITE_EVERY_MS);
  }

  /** Rejects where it could not be written. */
  now(): Promise<void> {
    const written = this.#writing.then(() => this.#write());
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Runs `add`, by which the program adds machines and the page learns of them; nothing is written before it ends. */
  whileAdding<T>(add: () => Promise<T>): Promise<T> {
    this.#adding += 1;
    const added = add().finally(() => (this.#adding -= 1));
    this.#additions = Promise.allSettled([this.#additions, added]);
    return added;
  }

  /** The program has it now. */
  added(known: KnownMachine): void {
    this.kept = [...this.kept.filter(({ id }) => id !== known.id), known];
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #write(): Promise<void> {
    while (this.#adding > 0) await this.#additions;
    const list = this.#options.list();
    if (sameList(list, this.kept)) return;
    await this.#options.write(list);
    this.kept = list;
  }
}
