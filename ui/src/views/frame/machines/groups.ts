/** Groups the machines by their first tag, in the person's order, and moves one between groups. Pure. */
import type { KnownMachine } from '../../../wire/wire';

/** Machines without a tag stand last, under this one. */
export const UNTAGGED = '';

export interface Group<T> {
  /** The tag; empty: no tag. */
  readonly tag: string;
  readonly members: readonly T[];
}

/** Groups in the order in which their tags first stand. */
export function byTag<T>(machines: readonly T[], tagOf: (machine: T) => string): Group<T>[] {
  const groups = new Map<string, T[]>();
  for (const machine of machines) {
    const tag = tagOf(machine);
    const members = groups.get(tag);
    if (members) members.push(machine);
    else groups.set(tag, [machine]);
  }
  const untagged = groups.get(UNTAGGED);
  groups.delete(UNTAGGED);
  const list = [...groups].map(([tag, members]) => ({ tag, members }));
  return untagged ? [...list, { tag: UNTAGGED, members: untagged }] : list;
}

/** A tag as a heading: `rack` is `Rack`. */
export function tagTitle(tag: string, alone = false): string {
  if (tag === UNTAGGED) return alone ? 'Machines' : 'Others';
  return tag.charAt(0).toUpperCase() + tag.slice(1);
}

export const firstTag = ({ tags }: Pick<KnownMachine, 'tags'>): string => tags[0] ?? UNTAGGED;

/** Puts a machine under `tag`, before `beforeId`, or at the end of the group. Its other tags stay. The list comes back
 *  in the order in which it is shown, so that no other machine moves. */
export function placed(list: readonly KnownMachine[], id: string, tag: string, beforeId: string | null): KnownMachine[] {
  const shown = byTag(list, firstTag).flatMap(({ members }) => members);
  const from = shown.findIndex((known) => known.id === id);
  const one = shown[from];
  if (!one || beforeId === id) return shown;
  const others = one.tags.filter((other, index) => index > 0 && other !== tag);
  const tags = firstTag(one) === tag ? one.tags : tag === UNTAGGED ? [] : [tag, ...others];
  const rest = shown.toSpliced(from, 1);
  const before = rest.findIndex((known) => known.id === beforeId);
  const last = rest.findLastIndex((known) => firstTag(known) === tag);
  // A group of which it is the only member stays where it was.
  return rest.toSpliced(before >= 0 ? before : last >= 0 ? last + 1 : from, 0, { ...one, tags });
}

/** One place up or down; from the end of its group it goes into the next. */
export function stepped(list: readonly KnownMachine[], id: string, direction: -1 | 1): KnownMachine[] {
  const groups = byTag(list, firstTag);
  const groupAt = groups.findIndex(({ members }) => members.some((known) => known.id === id));
  const group = groups[groupAt];
  if (!group) return [...list];
  const at = group.members.findIndex((known) => known.id === id);
  if (group.members[at + direction]) return placed(list, id, group.tag, group.members[direction < 0 ? at - 1 : at + 2]?.id ?? null);
  const next = groups[groupAt + direction];
  if (!next) return [...list];
  return placed(list, id, next.tag, direction < 0 ? null : (next.members[0]?.id ?? null));
}
