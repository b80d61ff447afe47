/** Pure changes of the list of machines. The window's program stores it. */
import { ADDRESSES, NAME_CHARS, TAGS } from '../../wire/contract';
import type { FoundMachine, KnownMachine } from '../../wire/wire';

type List = readonly KnownMachine[];

function changed(list: List, id: string, change: (known: KnownMachine) => Partial<KnownMachine>): KnownMachine[] {
  return list.map((known) => (known.id === id ? { ...known, ...change(known) } : known));
}

/** An empty name changes nothing. */
export function renamed(list: List, id: string, name: string): KnownMachine[] {
  const trimmed = [...name.trim()].slice(0, NAME_CHARS).join('');
  return changed(list, id, (known) => ({ name: trimmed === '' ? known.name : trimmed }));
}

/** Tags without duplicates and empty ones, in the order given; the first is the group of the machine. */
export function tagged(list: List, id: string, tags: readonly string[]): KnownMachine[] {
  const clean = [...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))].slice(0, TAGS);
  return changed(list, id, () => ({ tags: clean }));
}

/** `toIndex` is its index afterwards. */
export function moved(list: List, id: string, toIndex: number): KnownMachine[] {
  const at = list.findIndex((known) => known.id === id);
  const known = list[at];
  if (!known) return [...list];
  const others = list.filter((other) => other !== known);
  others.splice(Math.max(0, Math.min(toIndex, others.length)), 0, known);
  return others;
}

/** The addresses with `address` first: it worked last. */
export function withAddress(addresses: readonly string[], address: string): string[] {
  return addresses[0] === address ? [...addresses] : [address, ...addresses.filter((other) => other !== address)].slice(0, ADDRESSES);
}

/** Machines that are found and not known. Announcements are not authenticated: the id decides only whether it is offered. */
export function unknownOf(found: readonly FoundMachine[], known: List, ownId: string | null): FoundMachine[] {
  const ids = new Set(known.map(({ id }) => id));
  return found.filter(({ id }) => id !== ownId && !ids.has(id));
}

/** Two entries say the same. */
export function sameList(a: List, b: List): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
