/**
 * Runs what the user wrote, and stops waiting for it when the signal aborts.
 * Code that does not heed the signal is left behind: its late result is dropped, its late error too.
 */
export class UserCode {
  readonly #signal: AbortSignal;
  readonly #canceled: () => Error;
  readonly #endIteration = new Set<() => Promise<unknown>>();
  #running = 0;

  constructor(signal: AbortSignal, canceled: () => Error) {
    this.#signal = signal;
    this.#canceled = canceled;
  }

  /** True while code still runs that nobody waits for: whatever needs its end may never come. */
  get isLeftBehind(): boolean {
    return this.#running > 0;
  }

  requireNotCanceled(): void {
    if (this.#signal.aborted) throw this.#canceled();
  }

  /** The result of `work`, or the cancellation, whichever comes first. `late` takes a result that came later. */
  run<T>(work: () => PromiseLike<T> | T, late?: (result: T) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.requireNotCanceled();
      let settle = resolve as (result: T) => void;
      const abort = () => {
        settle = result => late?.(result);
        reject(this.#canceled());
      };
      this.#signal.addEventListener("abort", abort, { once: true });
      this.#running++;
      const ended = () => {
        this.#running--;
        this.#signal.removeEventListener("abort", abort);
      };
      settled(work).then(
        result => {
          ended();
          settle(result);
        },
        error => {
          ended();
          reject(error);
        },
      );
    });
  }

  /** The same rows, but waiting for the next one ends when the signal aborts. */
  iterate<T>(rows: AsyncIterable<T>): AsyncIterable<T> {
    return { [Symbol.asyncIterator]: () => this.#follow(rows[Symbol.asyncIterator]()) };
  }

  /** Ends every iteration that was begun and not finished, so that nothing keeps a connection. */
  async endIterations(): Promise<void> {
    const ended = Promise.allSettled([...this.#endIteration].map(end => end()));
    if (!this.isLeftBehind) await ended;
  }

  /** One listener for all rows instead of one per row: this is on the path of each row that is stored. */
  #follow<T>(iterator: AsyncIterator<T>): AsyncIterator<T> {
    let interrupt: ((reason: Error) => void) | null = null;
    const abort = () => interrupt?.(this.#canceled());
    const finish = () => {
      this.#endIteration.delete(end);
      this.#signal.removeEventListener("abort", abort);
    };
    const end = async () => {
      finish();
      await iterator.return?.();
    };
    this.#endIteration.add(end);
    this.#signal.addEventListener("abort", abort, { once: true });
    return {
      next: () =>
        new Promise((resolve, reject) => {
          this.requireNotCanceled();
          interrupt = reject;
          this.#running++;
          iterator.next().then(
            result => {
              this.#running--;
              if (result.done) finish();
              resolve(result);
            },
            error => {
              this.#running--;
              finish();
              reject(error);
            },
          );
        }),
      return: async () => {
        await this.run(end);
        return { done: true, value: undefined };
      },
    };
  }
}

/** Turns what `work` throws at once into a rejection. */
async function settled<T>(work: () => PromiseLike<T> | T): Promise<T> {
  return work();
}
