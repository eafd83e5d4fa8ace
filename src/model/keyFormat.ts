import { dateOf, dayMs, dayNumber, daysInMonth, hourMs, minuteMs } from "./calendar.ts";

/** How the keys of time windows are written: a pattern such as "%Y-%m-%d-%H:%M". */
export interface KeyFormat {
  readonly pattern: string;
  /** The directives it holds, each by its letter. */
  readonly directives: ReadonlySet<string>;
  /** Writes what a clock shows; `offset` is what it is ahead of UTC. */
  write(wall: number, offset: number): string;
  /** The time that a key names, by the clock or (with an offset) in truth; null when it is not written so. */
  read(key: string): { readonly wall: number; readonly offset: number | null } | null;
}

/** The format that a pattern describes, or the sentence that says what is wrong with it. */
export function parseKeyFormat(pattern: string): { readonly format: KeyFormat } | { readonly error: string } {
  const parts = pattern.match(/%.|%$|[^%]+/gsu) ?? [];
  const unknown = parts.find(it => it.startsWith("%") && it !== "%%" && !(it.slice(1) in directives));
  if (unknown !== undefined) {
    const known = Object.keys(directives)
      .map(it => `%${it}`)
      .join(" ");
    return { error: `The key format "${pattern}" holds "${unknown}". It may hold ${known}.` };
  }
  const letters = parts.filter(it => it.startsWith("%") && it !== "%%").map(it => it.slice(1));
  const shape = new RegExp(`^${parts.map(shapeOf).join("")}$`, "u");
  const format: KeyFormat = {
    pattern,
    directives: new Set(letters),
    write(wall, offset) {
      const date = dateOf(Math.floor(wall / dayMs));
      return parts
        .map(part => {
          if (!part.startsWith("%")) return part;
          return part === "%%" ? "%" : (directives[part.slice(1)] as Directive).write(wall, offset, date);
        })
        .join("");
    },
    read(key) {
      const found = shape.exec(key)?.slice(1);
      if (found === undefined) return null;
      return timeOf(new Map(letters.map((letter, i) => [letter, found[i] as string])));
    },
  };
  return { format };
}

/** "+0530", as "%z" writes it. */
export function offsetInKey(offset: number): string {
  const seconds = Math.abs(Math.round(offset / 1000));
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${offset < 0 ? "-" : "+"}${padded(hours)}${padded(minutes)}${rest === 0 ? "" : padded(rest)}`;
}

/** The offset that `offsetInKey` wrote. */
export function readOffset(text: string): number {
  const [, sign, hours, minutes, seconds] = /^([+-])(\d\d)(\d\d)(\d\d)?$/.exec(text) ?? [];
  const size = Number(hours) * hourMs + Number(minutes) * minuteMs + Number(seconds ?? 0) * 1000;
  return sign === "-" ? -size : size;
}

type Directive = {
  readonly shape: string;
  readonly write: (wall: number, offset: number, date: ReturnType<typeof dateOf>) => string;
};

const directives: Readonly<Record<string, Directive>> = {
  Y: { shape: "\\d{4}", write: (_wall, _offset, { year }) => padded(year, 4) },
  m: { shape: "\\d{2}", write: (_wall, _offset, { month }) => padded(month) },
  d: { shape: "\\d{2}", write: (_wall, _offset, { day }) => padded(day) },
  H: { shape: "\\d{2}", write: wall => padded(timeIn(wall, dayMs) / hourMs) },
  M: { shape: "\\d{2}", write: wall => padded(timeIn(wall, hourMs) / minuteMs) },
  S: { shape: "\\d{2}", write: wall => padded(timeIn(wall, minuteMs) / 1000) },
  z: { shape: "[+-]\\d{4}(?:\\d{2})?", write: (_wall, offset) => offsetInKey(offset) },
};

function shapeOf(part: string): string {
  if (part === "%%") return "%";
  const directive = part.startsWith("%") ? directives[part.slice(1)] : undefined;
  return directive === undefined ? part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&") : `(${directive.shape})`;
}

/** What is not written is the first of its kind: a month without a day begins on the first. */
function timeOf(texts: ReadonlyMap<string, string>): { wall: number; offset: number | null } | null {
  const number = (letter: string, otherwise: number) => Number(texts.get(letter) ?? otherwise);
  const [year, month, day] = [number("Y", 1970), number("m", 1), number("d", 1)];
  const [hour, minute, second] = [number("H", 0), number("M", 0), number("S", 0)];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const offset = texts.get("z");
  return {
    wall: dayNumber({ year, month, day }) * dayMs + hour * hourMs + minute * minuteMs + second * 1000,
    offset: offset === undefined ? null : readOffset(offset),
  };
}

function timeIn(wall: number, unit: number): number {
  return ((wall % unit) + unit) % unit;
}

function padded(value: number, width = 2): string {
  return String(Math.floor(value)).padStart(width, "0");
}
