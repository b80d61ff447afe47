/** Content of the six boxes after something was typed or pasted. Pure. */

export const DIGITS = 6;

export interface CodeText {
  readonly text: string;
  /** Digits before the place where typing goes on. */
  readonly caret: number;
}

/** Keeps the digits of `raw`. A digit typed into a full row (`typed`) takes the place of the one behind it. */
export function codeAfter(raw: string, caret: number, typed: boolean): CodeText {
  const before = digitsOf(raw.slice(0, caret));
  let after = digitsOf(raw.slice(caret));
  if (typed && before.length + after.length > DIGITS) after = after.slice(1);
  const text = (before + after).slice(0, DIGITS);
  return { text, caret: Math.min(before.length, text.length) };
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}
