import type { Lane } from "../store/doorbell.ts";

/** Who may run now in this engine, and how many runs it claims. */
export interface Places {
  /** So many runs at once; what goes on behind what people ask for leaves them one place. */
  of(lane: Lane): number;
  /** So many runs of backfills the engine may have, those that wait for a place with it. */
  claimable(): number;
  /** How many more runs of a lane it may claim beside those that it has. */
  room(lane: Lane, claimed: number): number;
  /** Resolves when there is a place: at once for what people ask for. Answers how to leave it. */
  take(lane: Lane): Promise<() => void>;
}

/** Of short runs an engine has the next ones ready, so that it asks for many at once; of long ones others would wait. */
const shortMs = 250;
const readyOfShort = 3;

/** `changed` hears how many runs of backfills the engine may have from now on. */
export function createPlaces(most: number, changed: (claimable: number) => void): Places {
  const inBack = Math.max(most - 1, 1);
  const waiting: (() => void)[] = [];
  let taken = 0;
  let typicalMs: number | null = null;
  let claimable = inBack;

  return {
    of,
    claimable: () => claimable,
    room: (lane, claimed) => (lane === "front" ? most - taken : claimable - claimed),
    async take(lane) {
      if (lane === "back" && taken >= inBack) await new Promise<void>(resolve => waiting.push(resolve));
      else taken++;
      const since = performance.now();
      return () => {
        // Whoever waits takes the place over.
        if (taken <= inBack && waiting.length > 0) waiting.shift()?.();
        else taken--;
        if (lane === "back") learn(performance.now() - since);
      };
    },
  };

  function of(lane: Lane): number {
    return lane === "front" ? most : inBack;
  }

  function learn(ms: number) {
    typicalMs = typicalMs === null ? ms : typicalMs * 0.8 + ms * 0.2;
    const next = typicalMs < shortMs ? inBack * readyOfShort : inBack;
    if (next === claimable) return;
    claimable = next;
    changed(claimable);
  }
}
