/** Matches a text against a compiled pattern: an NFA simulation that follows all threads at once and never backtracks,
 *  with a DFA built as needed, so that most letters cost one look-up. The DFA's memory is bounded; a letter that is not
 *  in it costs at most one visit of each instruction. It answers whether there is a match: no groups, no positions. Pure. */
import { variants } from './fold';

/** Characters by their code points. */
export interface CharSet {
  readonly ranges: readonly (readonly [number, number])[];
  /** All others. */
  readonly not: boolean;
  /** Letters of another case are in it as well. */
  readonly anyCase: boolean;
}

/** A place between letters. */
export type Place = 'start' | 'end' | 'wordEdge';

export type Instruction =
  | { readonly kind: 'match' }
  | { readonly kind: 'set'; readonly set: CharSet; readonly next: number }
  | { readonly kind: 'place'; readonly place: Place; readonly next: number }
  | { readonly kind: 'split'; readonly to: readonly number[] };

/** What stands on one side of a place. */
type Side = 'nothing' | 'word' | 'other';

/** A DFA state: the NFA threads after some letters. */
interface State {
  readonly ways: readonly number[];
  readonly before: Side;
  /** By the next letter; `null`: it has matched. */
  readonly next: Map<number, State | null>;
}

/** Bound on cached transitions and threads, of all states together. */
const REMEMBERED = 65_536;

export class Pattern {
  /** Instructions visited so far, the cost of a text. */
  visits = 0;
  readonly #program: readonly Instruction[];
  readonly #start: number;
  #states = new Map<string, State>();
  #remembered = 0;

  constructor({ program, start }: { program: readonly Instruction[]; start: number }) {
    this.#program = program;
    this.#start = start;
  }

  /** Most visits that a letter can cost. */
  get visitsPerLetter(): number {
    return 2 * this.#program.length;
  }

  test(text: string): boolean {
    let state = this.#state([this.#start], 'nothing');
    for (const letter of text) {
      const point = letter.codePointAt(0) ?? 0;
      let next = state.next.get(point);
      if (next === undefined) {
        next = this.#step(state, letter, point);
        this.#remember(state, point, next);
      }
      if (next === null) return true;
      state = next;
    }
    return this.#reach(state, 'nothing') === null;
  }

  #remember(state: State, point: number, next: State | null): void {
    if (this.#remembered >= REMEMBERED) {
      this.#states = new Map();
      this.#remembered = 0;
    }
    this.#remembered += 1;
    state.next.set(point, next);
  }

  #state(ways: readonly number[], before: Side): State {
    const key = `${before} ${ways.join()}`;
    let state = this.#states.get(key);
    if (!state) {
      state = { ways, before, next: new Map() };
      this.#remembered += ways.length;
      this.#states.set(key, state);
    }
    return state;
  }

  #step(state: State, letter: string, point: number): State | null {
    const side = isWord(point) ? 'word' : 'other';
    const reached = this.#reach(state, side);
    if (reached === null) return null;
    const ways = new Set([this.#start]);
    for (const at of reached) {
      this.visits += 1;
      const instruction = this.#program[at];
      if (instruction?.kind === 'set' && holds(instruction.set, letter, point)) ways.add(instruction.next);
    }
    return this.#state([...ways].sort((a, b) => a - b), side);
  }

  /** Sets that can take the next letter; `null`: it has matched without one. */
  #reach({ ways, before }: State, after: Side): number[] | null {
    const seen = new Set(ways);
    const sets: number[] = [];
    // Iterating a set includes what is added meanwhile.
    for (const at of seen) {
      this.visits += 1;
      const instruction = this.#program[at];
      if (instruction === undefined) continue;
      if (instruction.kind === 'match') return null;
      if (instruction.kind === 'set') sets.push(at);
      else if (instruction.kind === 'split') for (const to of instruction.to) seen.add(to);
      else if (isAt(instruction.place, before, after)) seen.add(instruction.next);
    }
    return sets;
  }
}

function isAt(place: Place, before: Side, after: Side): boolean {
  if (place === 'start') return before === 'nothing';
  if (place === 'end') return after === 'nothing';
  return (before === 'word') !== (after === 'word');
}

function isWord(point: number): boolean {
  return (point >= 48 && point <= 57) || (point >= 65 && point <= 90) || (point >= 97 && point <= 122) || point === 95;
}

function holds({ ranges, not, anyCase }: CharSet, letter: string, point: number): boolean {
  const isIn = (one: number): boolean => ranges.some(([first, last]) => one >= first && one <= last);
  return (isIn(point) || (anyCase && variants(letter).some((one) => isIn(one.codePointAt(0) ?? 0)))) !== not;
}
