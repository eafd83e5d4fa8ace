export const columnsOfFiles = ["station", "city", "observed_at", "temperature", "unit", "humidity"] as const;

/** A line as a station sent it: everything is text, and may be nonsense. */
export interface StationLine {
  station: string;
  city: string;
  observed_at: string;
  temperature: string;
  unit: string;
  humidity: string;
  /** The day of the file it came in, which is not always the day it was observed. */
  arrived_on: string;
}

/** A line that could be read: real numbers, a real time, one unit. */
export interface Reading {
  station: string;
  city: string;
  observed_at: Date;
  celsius: number;
  /** Percent, null when only the humidity was unreadable. */
  humidity: number | null;
  arrived_on: string;
}

/** The reading in a line, or null when its time or temperature cannot be read. */
export function readingIn(line: StationLine): Reading | null {
  const { station, city, arrived_on } = line;
  const observed_at = new Date(line.observed_at);
  const celsius = celsiusOf(numberIn(line.temperature), line.unit);
  if (celsius === null || Number.isNaN(observed_at.getTime())) return null;
  return { station, city, observed_at, celsius, humidity: numberIn(line.humidity), arrived_on };
}

/** "UTC day": the day of a reading everywhere in this sample. */
export function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

export function dayBefore(day: string): string {
  return dayOf(new Date(Date.parse(day) - 86_400_000));
}

function celsiusOf(temperature: number | null, unit: string) {
  if (temperature === null) return null;
  if (unit === "C") return temperature;
  if (unit === "F") return Math.round(((temperature - 32) / 1.8) * 10) / 10;
  return null;
}

/** Stricter than Number(), which takes "" for 0. */
function numberIn(text: string) {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}
