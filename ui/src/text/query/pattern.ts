/** Regular expressions of the query language: a part of RE2's syntax, read into a program that `pattern-run.ts` runs in
 *  linear time. JavaScript's own engine, which backtracks, is never given a pattern that a person typed.
 *  `wire/src/query/pattern.rs` takes and refuses the same patterns. Pure. */
import type { PatternProblem } from '../../wire/wire';
import { PATTERN_PARTS } from '../../wire/contract';
import { Pattern, type CharSet, type Instruction, type Place } from './pattern-run';
import { variants } from './fold';

/** Parses a pattern, or says which part is invalid. */
export function readPattern(written: string): Pattern | PatternProblem {
  const reader = new Reader([...written]);
  try {
    const { node, parts } = reader.choice();
    if (!reader.atEnd) return 'group';
    return parts > PATTERN_PARTS ? 'tooLarge' : new Pattern(programOf(node));
  } catch (failure) {
    if (failure instanceof Unreadable) return failure.problem;
    throw failure;
  }
}

type Node =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'place'; readonly place: Place }
  | { readonly kind: 'sequence' | 'choice'; readonly nodes: readonly Node[] }
  | { readonly kind: 'repeat'; readonly node: Node; readonly least: number; readonly most: number | null };

/** A node, and its parts as if repeats were written out. */
interface Counted {
  readonly node: Node;
  readonly parts: number;
}

class Unreadable extends Error {
  constructor(readonly problem: PatternProblem) {
    super(problem);
  }
}

const code = (letter: string): number => letter.codePointAt(0) ?? 0;
const DIGIT = [[48, 57]] as const;
const WORD = [[48, 57], [65, 90], [95, 95], [97, 122]] as const;
const SPACE = [[9, 10], [12, 13], [32, 32]] as const;
/** The language knows ASCII classes only, as RE2 does; capitals are the others. */
const CLASSES = new Map<string, readonly (readonly [number, number])[]>([['d', DIGIT], ['w', WORD], ['s', SPACE]]);
const LETTERS = new Map([['t', '\t'], ['n', '\n'], ['r', '\r'], ['f', '\f']]);
const NEWLINE: CharSet = { ranges: [[10, 10]], not: true, anyCase: false };

/** Recursive descent over the pattern's characters. */
class Reader {
  #at = 0;

  constructor(readonly letters: readonly string[]) {}

  get atEnd(): boolean {
    return this.#at >= this.letters.length;
  }

  #peek(): string | undefined {
    return this.letters[this.#at];
  }

  #takes(wanted: string): boolean {
    if (this.#peek() !== wanted) return false;
    this.#at += 1;
    return true;
  }

  #fail(problem: PatternProblem): never {
    throw new Unreadable(problem);
  }

  /** Alternatives, up to `)` or the end. */
  choice(): Counted {
    const first = this.#sequence();
    const nodes = [first.node];
    let { parts } = first;
    while (this.#takes('|')) {
      const next = this.#sequence();
      nodes.push(next.node);
      parts += next.parts + 1;
    }
    return { node: nodes.length === 1 ? first.node : { kind: 'choice', nodes }, parts };
  }

  #sequence(): Counted {
    const nodes: Node[] = [];
    let parts = 0;
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      const one = this.#single();
      const times = this.#repeat();
      if (times === null) {
        nodes.push(one.node);
        parts += one.parts;
        continue;
      }
      if (one.node.kind === 'place') this.#fail('repeat');
      const { least, most } = times;
      nodes.push({ kind: 'repeat', node: one.node, least, most });
      parts += one.parts * Math.max(1, most ?? least + 1) + 1;
    }
    return { node: { kind: 'sequence', nodes }, parts };
  }

  #single(): Counted {
    const letter = this.#peek() ?? '';
    this.#at += 1;
    switch (letter) {
      case '(': {
        if (this.#takes('?') && !this.#takes(':')) this.#fail('group');
        const { node, parts } = this.choice();
        if (!this.#takes(')')) this.#fail('group');
        return { node: { kind: 'sequence', nodes: [node] }, parts: Math.max(1, parts) };
      }
      case '[':
        return this.#class();
      case '.':
        return { node: { kind: 'set', set: NEWLINE }, parts: 1 };
      case '^':
        return { node: { kind: 'place', place: 'start' }, parts: 1 };
      case '$':
        return { node: { kind: 'place', place: 'end' }, parts: 1 };
      case '*': case '+': case '?': case '{':
        return this.#fail('repeat');
      case '\\': {
        if (this.#takes('b')) return { node: { kind: 'place', place: 'wordEdge' }, parts: 1 };
        const escape = this.#escape();
        return { node: { kind: 'set', set: typeof escape === 'string' ? literal(escape) : { ...escape, anyCase: false } }, parts: 1 };
      }
      default:
        return { node: { kind: 'set', set: literal(letter) }, parts: 1 };
    }
  }

  /** Repeat count of the preceding atom; `null`: once. */
  #repeat(): { least: number; most: number | null } | null {
    const times = this.#times();
    if (times === null) return null;
    // Few or many first: whether something matches is the same.
    this.#takes('?');
    if (['*', '+', '?', '{'].includes(this.#peek() ?? '')) this.#fail('repeat');
    return times;
  }

  #times(): { least: number; most: number | null } | null {
    if (this.#takes('*')) return { least: 0, most: null };
    if (this.#takes('+')) return { least: 1, most: null };
    if (this.#takes('?')) return { least: 0, most: 1 };
    if (!this.#takes('{')) return null;
    const least = this.#number();
    const most = !this.#takes(',') ? least : this.#peek() === '}' ? null : this.#number();
    if (!this.#takes('}') || (most !== null && most < least)) this.#fail('repeat');
    return { least, most };
  }

  #number(): number {
    let digits = '';
    for (let next = this.#peek(); next !== undefined && /^[0-9]$/.test(next); next = this.#peek()) {
      digits += next;
      this.#at += 1;
    }
    if (digits.length > 4) this.#fail('tooLarge');
    if (digits === '') this.#fail('repeat');
    return Number(digits);
  }

  /** A bracket expression: one part per range. */
  #class(): Counted {
    const not = this.#takes('^');
    const ranges: (readonly [number, number])[] = [];
    let parts = 0;
    for (;;) {
      if (this.atEnd) this.#fail('class');
      if (parts > 0 && this.#takes(']')) break;
      if (this.#peek() === '[' && this.letters[this.#at + 1] === ':') this.#fail('class');
      const first = this.#member();
      parts += 1;
      if (typeof first !== 'string') {
        if (first.not) this.#fail('escape');
        ranges.push(...first.ranges);
        continue;
      }
      if (this.#peek() !== '-' || this.letters[this.#at + 1] === ']') {
        ranges.push(...literal(first).ranges);
        continue;
      }
      this.#at += 1;
      if (this.atEnd) this.#fail('class');
      const last = this.#member();
      if (typeof last !== 'string' || code(last) < code(first)) this.#fail('class');
      ranges.push([code(first), code(last)]);
    }
    return { node: { kind: 'set', set: { ranges, not, anyCase: true } }, parts };
  }

  #member(): string | Escaped {
    const letter = this.#peek() ?? '';
    this.#at += 1;
    return letter === '\\' ? this.#escape() : letter;
  }

  /** The escape after a backslash, which is consumed already: a letter, or a class. */
  #escape(): string | Escaped {
    const letter = this.#peek() ?? '';
    this.#at += 1;
    const ranges = CLASSES.get(letter.toLowerCase());
    if (ranges) return { ranges, not: /[A-Z]/.test(letter) };
    if (letter === 'x') return this.#codePoint();
    const plain = LETTERS.get(letter);
    if (plain !== undefined) return plain;
    return /^[!-/:-@[-`{-~]$/.test(letter) ? letter : this.#fail('escape');
  }

  /** `41` or `{1f600}`. */
  #codePoint(): string {
    const inBrackets = this.#takes('{');
    let digits = '';
    for (let next = this.#peek(); next !== undefined && /^[0-9a-f]$/i.test(next) && (inBrackets || digits.length < 2); next = this.#peek()) {
      digits += next;
      this.#at += 1;
    }
    if (inBrackets ? !this.#takes('}') : digits.length !== 2) this.#fail('escape');
    const point = digits === '' ? Number.NaN : Number.parseInt(digits, 16);
    if (!(point <= 0x10ffff) || (point >= 0xd800 && point <= 0xdfff)) this.#fail('escape');
    return String.fromCodePoint(point);
  }
}

type Escaped = Pick<CharSet, 'ranges' | 'not'>;

function literal(letter: string): CharSet {
  return { ranges: variants(letter).map((one) => [code(one), code(one)] as const), not: false, anyCase: true };
}

/** Emits the nodes from last to first, so that each knows the instruction that follows it. */
function programOf(root: Node): { program: readonly Instruction[]; start: number } {
  const program: Instruction[] = [{ kind: 'match' }];
  const add = (instruction: Instruction): number => program.push(instruction) - 1;
  const write = (node: Node, next: number): number => {
    switch (node.kind) {
      case 'set':
        return add({ kind: 'set', set: node.set, next });
      case 'place':
        return add({ kind: 'place', place: node.place, next });
      case 'sequence':
        return node.nodes.reduceRight((after, one) => write(one, after), next);
      case 'choice':
        return add({ kind: 'split', to: node.nodes.map((one) => write(one, next)) });
      case 'repeat': {
        let after = next;
        if (node.most === null) {
          const to: number[] = [];
          after = add({ kind: 'split', to });
          to.push(write(node.node, after), next);
        }
        for (let left = (node.most ?? node.least) - node.least; left > 0; left -= 1) after = add({ kind: 'split', to: [write(node.node, after), next] });
        for (let left = node.least; left > 0; left -= 1) after = write(node.node, after);
        return after;
      }
    }
  };
  return { start: write(root, 0), program };
}
