/** A timer that runs only while the page is visible. */

/** Calls `f` now and every `everyMs` while the page is visible; returns the undo. */
export function whileVisible(everyMs: number, f: () => void): () => void {
  let timer: ReturnType<typeof setInterval> | undefined;
  const follow = () => {
    clearInterval(timer);
    if (document.visibilityState === 'hidden') return;
    f();
    timer = setInterval(f, everyMs);
  };
  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', follow);
  };
}
