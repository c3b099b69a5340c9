// wait.mjs - waiting for what changes: one signal that many can wait for, with a time-out and an abort.

export class Bell {
  #waiting = new Set();

  ring() {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }

  // Resolves at the next ring, after MS milliseconds, or when SIGNAL aborts, whichever comes first.
  next(signal, ms = Infinity) {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      let timer;
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      if (ms !== Infinity) timer = setTimeout(wake, Math.max(0, Math.min(ms, 2 ** 31 - 1)));
      signal?.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }

  // Waits until CONDITION() is true; false when the time or the signal came first.
  async until(condition, signal, ms = Infinity) {
    const end = Date.now() + ms;
    while (!condition()) {
      if (signal?.aborted || Date.now() >= end) return false;
      await this.next(signal, end - Date.now());
    }
    return true;
  }
}

export const sleep = (ms, signal) => (ms > 0 ? new Bell().next(signal, ms) : Promise.resolve());
