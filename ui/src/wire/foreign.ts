/** What another machine says, read so that nothing in it can do harm: the one way by which text that arrives becomes
 *  values. Another machine may be anybody's, and what runs on an honest one may call itself anything.
 *
 *  Texts are one line each, of visible characters, with a bound (the rules of `wire/src/text.rs`; `golden/texts.json` has
 *  cases for both). A number that the protocol cannot have is unknown: where it has to be one, the message does not have
 *  the shape of its type (`shape.ts`). */
import { FOREIGN_TEXT_CHARS } from './contract';

/** What a terminal or a log obeys, and what has no shape and changes how others look; half of a pair, too. */
const ODD = /[\p{Cc}\p{Default_Ignorable_Code_Point}\u2028\u2029\ufff9-\ufffb\p{Cs}]/u;
const ALL_ODD = new RegExp(ODD, 'gu');
const BREAK = /[\t-\r\u0085\u2028\u2029]/;
/** No integer of the protocol reaches it, and no measured value. */
const TOO_LARGE = 2 ** 53;

/** `text` on one line, without invisible characters, of `most` at most. What breaks a line becomes a space. */
export function harmless(text: string, most = FOREIGN_TEXT_CHARS): string {
  const clean = ODD.test(text) ? text.replace(ALL_ODD, (character) => (BREAK.test(character) ? ' ' : '')) : text;
  if (clean.length <= most) return clean;
  // Characters, of which some have two units.
  const characters = Array.from(clean.slice(0, 2 * most + 1));
  return characters.length <= most ? clean : `${characters.slice(0, most - 1).join('')}…`;
}

/** `value`, changed in place: frames are large, and most need no change. */
function clean(value: unknown): unknown {
  if (typeof value === 'string') return harmless(value);
  if (typeof value === 'number') return Math.abs(value) < TOO_LARGE ? value : null;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const item: unknown = value[index];
      if (item !== null) value[index] = clean(item);
    }
  } else if (typeof value === 'object' && value !== null) {
    const fields = value as Record<string, unknown>;
    for (const key of Object.keys(fields)) fields[key] = clean(fields[key]);
  }
  return value;
}

/** The JSON in `text`. Throws for what is none. */
export function parseForeign(text: string): unknown {
  return clean(JSON.parse(text));
}

/** The JSON in the body of `response`. Rejects for what is none. */
export async function foreignBody(response: Response): Promise<unknown> {
  return parseForeign(await response.text());
}
