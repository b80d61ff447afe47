/** Tags of a machine while they are written. Pure. */

import { TAGS } from '../../wire/contract';

/** Longest tag, in characters. */
const TAG_CHARS = 32;

/** The tags with another one at the end; a sentence where it cannot be added. No tag occurs twice. */
export function withTag(tags: readonly string[], written: string): readonly string[] | { readonly problem: string } {
  const tag = written.trim().replace(/\s+/g, ' ');
  if (tag === '' || tags.some((other) => other.toLowerCase() === tag.toLowerCase())) return tags;
  if (tags.length >= TAGS) return { problem: `${TAGS} tags are the most. Take one off first.` };
  if ([...tag].length > TAG_CHARS) return { problem: `A tag has at most ${TAG_CHARS} characters.` };
  return [...tags, tag];
}

/** The tags with one of them first: the machine stands under it. */
export function withFirst(tags: readonly string[], first: string): readonly string[] {
  return [first, ...tags.filter((tag) => tag !== first)];
}

/** Tags of other machines that begin with what is written, most used first. */
export function tagsToOffer(all: readonly (readonly string[])[], chosen: readonly string[], written: string): string[] {
  const counts = new Map<string, number>();
  for (const tag of all.flat()) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const start = written.trim().toLowerCase();
  return [...counts]
    .filter(([tag]) => !chosen.includes(tag) && tag.toLowerCase().startsWith(start))
    .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
    .slice(0, 8)
    .map(([tag]) => tag);
}
