/** Lists that a machine sends are drawn by their ids, of which a list must have each once: a machine that says one twice
 *  would break what is drawn beside it. */

/** `list` with the first of each id. */
export function uniqueBy<T>(list: readonly T[], idOf: (item: T) => string | number): T[] {
  const seen = new Set<string | number>();
  return list.filter((item) => {
    const id = idOf(item);
    if (seen.has(id)) return false;
    seen.add(id);
    return true;
  });
}
