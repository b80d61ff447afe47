/** Escapes characters that would hide or reorder untrusted text: control characters, direction marks, zero-width
 *  spaces. Names come from other devices, and must not be able to forge an entry of a log. */

const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => Array.from({ length: character.length }, (_, unit) => `\\u${character.charCodeAt(unit).toString(16).padStart(4, '0')}`).join(''));
}
