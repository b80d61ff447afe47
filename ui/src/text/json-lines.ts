/** A JSON value as lines of coloured pieces: what fits on a line stays on one, long lists of numbers are filled up. */
import { visible } from './visible';

export type TokenKind = 'key' | 'string' | 'number' | 'word' | 'mark';

export interface Token {
  kind: TokenKind;
  text: string;
}

export interface Line {
  /** How deep, in steps. */
  indent: number;
  tokens: readonly Token[];
}

/** A node that is no longer than this, in characters, is written on one line. */
const WIDTH = 88;
/** What lies deeper is written on one line, however long: the call stack has a bound. */
const DEEPEST = 64;

/** The lines of `value`. */
export function jsonLines(value: unknown): Line[] {
  const lines: Line[] = [];
  write(value, 0, [], [], lines);
  return lines;
}

const mark = (text: string): Token => ({ kind: 'mark', text });

function write(value: unknown, indent: number, before: Token[], after: Token[], lines: Line[]): void {
  const one = (tokens: Token[]) => void lines.push({ indent, tokens: [...before, ...tokens, ...after] });
  if (typeof value !== 'object' || value === null) return one([scalar(value)]);
  if (indent >= DEEPEST || JSON.stringify(value).length + indent * 2 <= WIDTH) return one(compact(value));
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  lines.push({ indent, tokens: [...before, mark(open)] });
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null)) fill(value, indent + 1, lines);
  else {
    const entries = Object.entries(value);
    entries.forEach(([key, item], index) => {
      const name = Array.isArray(value) ? [] : [{ kind: 'key', text: visible(JSON.stringify(key)) } as const, mark(': ')];
      write(item, indent + 1, name, index < entries.length - 1 ? [mark(',')] : [], lines);
    });
  }
  lines.push({ indent, tokens: [mark(close), ...after] });
}

/** Scalars, as many on a line as fit. */
function fill(items: readonly unknown[], indent: number, lines: Line[]): void {
  let tokens: Token[] = [];
  let length = 0;
  items.forEach((item, index) => {
    const token = scalar(item);
    if (tokens.length > 0 && length + token.text.length > WIDTH) {
      lines.push({ indent, tokens });
      tokens = [];
      length = 0;
    }
    tokens.push(token);
    if (index < items.length - 1) tokens.push(mark(', '));
    length += token.text.length + 2;
  });
  lines.push({ indent, tokens });
}

function compact(value: unknown): Token[] {
  if (typeof value !== 'object' || value === null) return [scalar(value)];
  if (Array.isArray(value)) return [mark('['), ...joined(value.map((item) => compact(item))), mark(']')];
  const pairs = Object.entries(value).map(([key, item]) => [{ kind: 'key', text: visible(JSON.stringify(key)) } as Token, mark(': '), ...compact(item)]);
  return [mark('{'), ...joined(pairs), mark('}')];
}

function joined(parts: Token[][]): Token[] {
  return parts.flatMap((part, index) => (index === 0 ? part : [mark(', '), ...part]));
}

function scalar(value: unknown): Token {
  const kind = typeof value === 'string' ? 'string' : typeof value === 'number' ? 'number' : 'word';
  return { kind, text: visible(JSON.stringify(value) ?? 'null') };
}
