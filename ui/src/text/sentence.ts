/** The message of a machine, made fit for the screen. Pure. */
import { visible } from './visible';

/** Longest message of a machine that is shown, in characters. */
const MESSAGE_CHARS = 500;

/** The message of a machine as a sentence: `not connected` becomes `Not connected.` It may be any machine's: nothing in it
 *  is hidden, and its length has a bound. */
export function sentence(text: string): string {
  const said = visible(text.trim());
  const trimmed = said.length > MESSAGE_CHARS ? `${said.slice(0, MESSAGE_CHARS)}…` : said;
  if (trimmed === '') return 'It did not work, and the machine does not say why.';
  const first = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
