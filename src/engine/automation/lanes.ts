/**
 * Room for evaluations side by side. One that takes long leaves the fast lane to the others and counts in the slow
 * one, where it begins the next time too: whatever hangs, what is quick finds room within seconds.
 */
export interface Lanes {
  /** Leaves when it is called; or which lane has no room for it now. */
  enter(name: string): (() => void) | "fast is full" | "slow is full";
  hasRoom(): boolean;
}

const fastRoom = 16;
const slowRoom = 16;
const slowAfterMs = 3_000;

/** `freed` is called when there is room again that nobody left. */
export function lanes(freed: () => void): Lanes {
  const slowNames = new Set<string>();
  let fast = 0;
  let slow = 0;
  return {
    enter(name) {
      if (slowNames.has(name)) return slow >= slowRoom ? "slow is full" : enterSlow(name);
      return fast >= fastRoom ? "fast is full" : enterFast(name);
    },
    hasRoom: () => fast < fastRoom,
  };

  function enterSlow(name: string) {
    const began = performance.now();
    slow++;
    return () => {
      slow--;
      if (performance.now() - began < slowAfterMs) slowNames.delete(name);
    };
  }

  function enterFast(name: string) {
    let isFast = true;
    fast++;
    const timer = setTimeout(() => {
      isFast = false;
      fast--;
      slow++;
      slowNames.add(name);
      freed();
    }, slowAfterMs);
    return () => {
      clearTimeout(timer);
      if (isFast) fast--;
      else slow--;
    };
  }
}
