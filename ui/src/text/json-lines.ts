/** A JSON value as lines of coloured tokens: what fits on a line stays on one line, long lists of numbers fill lines. */
import { visible } from './visible';

export type TokenKind = 'key' | 'string' | 'number' | 'word' | 'mark';

export interface Token {
  kind: TokenKind;
  text: string;
}

export interface Line {
  /** Indentation, in levels. */
  indent: number;
  tokens: readonly Token[];
}

/** A node that is no longer than this, in characters, is written on one line. */
const WIDTH = 112;
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
      write(item, indent + 1, Array.isArray(value) ? [] : [name(key), mark(': ')], index < entries.length - 1 ? [mark(',')] : [], lines);
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

/** The value on one line, added to `out`. */
function compact(value: unknown, out: Token[] = []): Token[] {
  if (typeof value !== 'object' || value === null) {
    out.push(scalar(value));
    return out;
  }
  const list = Array.isArray(value);
  out.push(mark(list ? '[' : '{'));
  Object.entries(value).forEach(([key, item], index) => {
    if (index > 0) out.push(mark(', '));
    if (!list) out.push(name(key), mark(': '));
    compact(item, out);
  });
  out.push(mark(list ? ']' : '}'));
  return out;
}

const name = (key: string): Token => ({ kind: 'key', text: visible(JSON.stringify(key)) });

function scalar(value: unknown): Token {
  const kind = typeof value === 'string' ? 'string' : typeof value === 'number' ? 'number' : 'word';
  return { kind, text: visible(JSON.stringify(value) ?? 'null') };
}
