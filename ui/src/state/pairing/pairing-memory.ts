/** What this browser remembers of having been paired with the machine at this address. Nothing secret: the access
 *  itself is a cookie that no script can read. */

const KEY = 'sightline.paired';

export interface Pairing {
  /** What the machine is called. */
  readonly name: string;
}

/** `null`: it was never paired, or was forgotten. */
export function remembered(): Pairing | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return typeof stored === 'object' && stored !== null && 'name' in stored ? { name: String(stored.name) } : null;
  } catch {
    return null;
  }
}

export function remember(pairing: Pairing | null): void {
  try {
    if (pairing) localStorage.setItem(KEY, JSON.stringify(pairing));
    else localStorage.removeItem(KEY);
  } catch {
    // Storage is off: a lost cookie then looks like a first visit.
  }
}

/** Calls `f` when another tab was paired; returns the undo. */
export function onPairedElsewhere(f: () => void): () => void {
  const listen = (event: StorageEvent): void => {
    if (event.key === KEY && event.newValue !== null) f();
  };
  addEventListener('storage', listen);
  return () => removeEventListener('storage', listen);
}
