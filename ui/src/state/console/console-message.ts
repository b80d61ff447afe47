/** Log entry of a message of any family, with the fields that the console reads: type, subject, sequence number. */
import { visible } from '../../text/visible';

export interface LogEntry {
  /** Rises by one with each entry of this page. */
  number: number;
  /** This page's clock, Unix milliseconds with fractions. */
  atMs: number;
  /** `event`: an event of the connection itself. */
  direction: 'in' | 'out' | 'event';
  /** Bytes of its payload on the wire; 0 for an event. */
  bytes: number;
  binary: boolean;
  /** The text; for MessagePack the same as JSON; for other bytes their hexadecimal digits. */
  text: string;
  /** The end of `text` was not kept. */
  cut: boolean;
  /** `type` of the message; empty where it has none. */
  type: string;
  /** What it is about: a channel, a method, a code, a number. */
  subject: string;
  /** Severity of an event. */
  tone: 'ok' | 'warn' | 'bad' | '';
}

/** What is read in a message. */
export interface Read {
  type: string;
  subject: string;
  channel: string | null;
  seq: number | null;
  id: number | null;
}

/** A longer text keeps its beginning. */
export const KEPT_CHARS = 1024 * 1024;
/** Of a type or subject no more is shown. */
const NAME_CHARS = 80;
const PREVIEW_CHARS = 400;

const NOTHING: Read = { type: '', subject: '', channel: null, seq: null, id: null };

/** Reads a message's head; one that is no JSON object has none. */
export function read(value: unknown): Read {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NOTHING;
  const fields = value as Record<string, unknown>;
  const text = (key: string) => (typeof fields[key] === 'string' ? name(fields[key]) : null);
  const number = (key: string) => (typeof fields[key] === 'number' ? fields[key] : null);
  const channels = Array.isArray(fields['channels']) ? fields['channels'].filter((channel) => typeof channel === 'string').join(', ') : '';
  const channel = text('channel');
  const id = number('id');
  const subject = channel ?? text('code') ?? text('reason') ?? text('method') ?? text('event') ?? (channels !== '' ? name(channels) : id !== null ? `#${id}` : '');
  return { type: text('type') ?? '', subject, channel, seq: number('seq'), id };
}

function name(text: string): string {
  return visible(text.slice(0, NAME_CHARS));
}

/** Reads a text; `undefined` where it is no JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Key of the type filter. */
export function kindOf(entry: LogEntry): string {
  if (entry.direction === 'event') return 'connection';
  const type = entry.type === '' ? 'no type' : entry.type;
  return entry.subject === '' || entry.subject.startsWith('#') ? type : `${type} ${entry.subject}`;
}

/** One line, without what the other columns show. */
export function preview(entry: LogEntry): string {
  const text = entry.text.slice(0, PREVIEW_CHARS * 2).trimStart();
  const rest = entry.direction === 'event' ? text : text.replace(/^\{\s*"type"\s*:\s*"[^"]*",?\s*/, '{').replace(/^\{\s*"channel"\s*:\s*"[^"]*",?\s*/, '{');
  return visible(rest.replace(/\s+/g, ' ')).slice(0, PREVIEW_CHARS);
}

/** An entry as a line of JSON Lines. */
export function exported(entry: LogEntry): string {
  const value = entry.cut || entry.direction === 'event' ? undefined : parsed(entry.text);
  return JSON.stringify({
    at: new Date(entry.atMs).toISOString(),
    direction: entry.direction,
    bytes: entry.bytes,
    binary: entry.binary,
    ...(entry.cut ? { cut: true } : {}),
    message: value === undefined ? entry.text : value,
  });
}
