/** Parser of incoming messages: checks once that the type is known, so that the rest of the page can rely on it. */
import { parseForeign } from './foreign';
import { MESSAGES } from './validators';
import type { ServerMessage } from './wire';

const KNOWN: ReadonlySet<string> = new Set(Object.keys(MESSAGES));

/** The message in `text`, or `null` for what is no JSON or of a kind this page does not know (a newer server's). */
export function parseServerMessage(text: string): ServerMessage | null {
  let value: unknown;
  try {
    value = parseForeign(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return null;
  return typeof value.type === 'string' && KNOWN.has(value.type) ? (value as ServerMessage) : null;
}
