/** Why a WebSocket ended, as a sentence: the codes of RFC 6455 and of the registry that follows it. */
import { CLIENT_MESSAGE_BYTES } from '../wire/contract';

const CODES: Readonly<Record<number, readonly [name: string, text: string]>> = {
  1000: ['normal', 'Both ends were finished.'],
  1001: ['going away', 'The server is going away: it was ended, is being updated, or the machine goes to sleep.'],
  1002: ['protocol error', 'One end broke the rules of WebSocket frames.'],
  1003: ['unsupported data', 'The server does not take this kind of message, text or binary.'],
  1005: ['no code', 'The other end closed and gave no code.'],
  1006: ['lost', 'The connection ended without a close frame: the network, a proxy, or a process that died.'],
  1007: ['bad text', 'A text message was not valid UTF-8.'],
  1008: ['refused', 'The server rejects this client: access was revoked or missing, or it broke the protocol.'],
  1009: ['too large', `A message was larger than the server takes. On this machine that is ${CLIENT_MESSAGE_BYTES / 1024} KiB.`],
  1010: ['extension missing', 'The client asked for an extension that the server does not have.'],
  1011: ['server error', 'The server met something it did not expect.'],
  1012: ['restart', 'The server restarts. Connect again in a moment.'],
  1013: ['try again later', 'There are too many viewers, or this one did not keep up.'],
  1015: ['TLS failed', 'The encrypted connection could not be made: a certificate is not trusted.'],
};

/** The code's name and a sentence. `opened`: whether it was ever connected. */
export function closeMessage(code: number, opened: boolean): { name: string; text: string } {
  if (code === 1006 && !opened) return { name: 'not connected', text: 'The server did not agree to speak WebSocket here, or could not be reached.' };
  const known = CODES[code];
  if (known) return { name: known[0], text: known[1] };
  if (code >= 4000 && code <= 4999) return { name: 'private', text: 'A code of this application alone; its documentation knows.' };
  if (code >= 3000 && code <= 3999) return { name: 'registered', text: 'A code that a library registered; its documentation knows.' };
  return { name: 'unknown', text: 'No standard gives this code a meaning.' };
}
