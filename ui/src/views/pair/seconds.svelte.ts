/** The clock of a countdown; it pauses while the page is hidden. */

class Seconds {
  nowMs = $state(Date.now());

  /** Goes on for as long as it is used; returns the undo. */
  run(): () => void {
    let timer: ReturnType<typeof setInterval> | undefined;
    const set = (): void => {
      clearInterval(timer);
      if (document.visibilityState === 'hidden') return;
      this.nowMs = Date.now();
      timer = setInterval(() => (this.nowMs = Date.now()), 1_000);
    };
    set();
    document.addEventListener('visibilitychange', set);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', set);
    };
  }
}

export const seconds = new Seconds();
