/** Text from anywhere, with what would hide or reorder it made visible: control characters, marks of direction,
 *  spaces without width. A log that can be made to lie is worth nothing. */

const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => Array.from({ length: character.length }, (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`).join(''));
}
