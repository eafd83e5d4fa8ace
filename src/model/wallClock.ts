import { dateOf, dayMs, dayNumber, daysInMonth, hourMs, minuteMs } from "./calendar.ts";

/** The wall clock that "2026-01-31" or "2026-01-31T06:30" names, as the instant at which UTC shows it; else null. */
export function parseWallClock(text: string): number | null {
  const shape = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?$/;
  const [, ...parts] = shape.exec(text) ?? [];
  if (parts.length === 0) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.map(it => Number(it ?? 0));
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  return dayNumber({ year, month, day }) * dayMs + hour * hourMs + minute * minuteMs + second * 1000;
}

/** "2026-01-31T06:30", with seconds only where there are some. */
export function spellWallClock(wall: number): string {
  const days = Math.floor(wall / dayMs);
  const { year, month, day } = dateOf(days);
  const seconds = Math.floor((wall - days * dayMs) / 1000);
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours, minutes, rest] = time.map(it => padded(it, 2));
  const date = `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
  return `${date}T${hours}:${minutes}${rest === "00" ? "" : `:${rest}`}`;
}

function padded(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
