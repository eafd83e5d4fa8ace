/** A span of time in words, "24 h", "1 d 12 h", "90 s", "50 ms", "2 weeks"; or a number of seconds. */
export type Duration = string | number;

/** The seconds of a span of time; null when it is none. */
export function secondsOf(duration: unknown): number | null {
  if (typeof duration === "number") return Number.isFinite(duration) ? duration : null;
  if (typeof duration !== "string" || !/^\s*(\d+(\.\d+)?\s*[a-z]+\s*)+$/.test(duration)) return null;
  let seconds = 0;
  for (const [, count, unit = ""] of duration.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const size = units.get(unit);
    if (size === undefined) return null;
    seconds += Number(count) * size;
  }
  return seconds;
}

const units = new Map(
  Object.entries({
    "ms millisecond milliseconds": 0.001,
    "s sec second seconds": 1,
    "m min minute minutes": 60,
    "h hour hours": 3600,
    "d day days": 86_400,
    "w week weeks": 7 * 86_400,
  }).flatMap(([names, size]) => names.split(" ").map((name): [string, number] => [name, size])),
);
