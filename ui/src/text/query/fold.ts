/** Text in any case: one letter at a time, so that every letter keeps its place and both languages (`wire/src/query/
 *  fold.rs`) fold alike. Pure. */

/** The capitals of ASCII made small, and nothing else. */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase());
}

const ASCII = /^[\0-\x7f]*$/;

/** A text in which letters of any case are the same, as long as the text itself. */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  let folded = '';
  for (const letter of text) folded += foldLetter(letter);
  return folded;
}

/** The small letter of the capital of `letter`, where each is one letter; the dotless ı is a letter of its own. */
export function foldLetter(letter: string): string {
  return letter === 'ı' ? letter : lower(upper(letter));
}

/** The letters that `letter` is the same as, itself among them. */
export function variants(letter: string): string[] {
  return letter === 'ı' ? [letter] : [letter, lower(letter), upper(letter), foldLetter(letter)];
}

const lower = (letter: string): string => single(letter, letter.toLowerCase());
const upper = (letter: string): string => single(letter, letter.toUpperCase());
const single = (letter: string, mapped: string): string => (mapped.length === letter.length ? mapped : letter);
