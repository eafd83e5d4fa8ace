import { didYouMean } from "./suggest.ts";

/** A cron expression of five fields, read. Each list is sorted; what a field leaves open is null. */
export interface Cron {
  readonly text: string;
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[] | null;
  /** "L" among the days of the month. */
  readonly lastDayOfMonth: boolean;
  /** January is 1. */
  readonly months: readonly number[];
  /** Sunday is 0. */
  readonly weekdays: readonly number[] | null;
  /** "5#2" is the second Friday of a month, "L5" its last. */
  readonly nthWeekdays: readonly NthWeekday[];
}

export interface NthWeekday {
  readonly weekday: number;
  readonly nth: number | "last";
}

/** The cron that a text spells, or the sentence that says why it spells none. */
export function parseCron(text: string): { readonly cron: Cron } | { readonly error: string } {
  const written = text.trim();
  if (written.startsWith("@") && nicknames[written.toLowerCase()] === undefined) {
    return { error: `There is no schedule "${written}".${didYouMean(written, Object.keys(nicknames))}` };
  }
  const texts = (nicknames[written.toLowerCase()] ?? written).toLowerCase().split(/\s+/);
  if (written === "" || texts.length !== fields.length) {
    const count = written === "" ? "is empty" : `has ${texts.length} field${texts.length === 1 ? "" : "s"}`;
    return {
      error: `The cron "${text}" ${count}. Write five: minute, hour, day of month, month, weekday, such as "0 6 * * 1-5".`,
    };
  }
  const read: FieldValues[] = [];
  for (const [i, field] of fields.entries()) {
    const values = readField(texts[i] ?? "", field);
    if (typeof values === "string") return { error: `In the cron "${text}" ${values}` };
    read.push(values);
  }
  return complete(text, read);
}

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Names of the values, beginning with the least. */
  readonly names: readonly string[];
}

interface FieldValues {
  /** Null: every value. */
  readonly values: readonly number[] | null;
  readonly last: boolean;
  readonly nth: readonly NthWeekday[];
}

const minute: Field = { name: "minute", least: 0, most: 59, names: [] };
const hour: Field = { name: "hour", least: 0, most: 23, names: [] };
const dayOfMonth: Field = { name: "day of month", least: 1, most: 31, names: [] };
const month: Field = {
  name: "month",
  least: 1,
  most: 12,
  names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
};
const weekday: Field = {
  name: "weekday",
  least: 0,
  most: 6,
  names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};
const fields = [minute, hour, dayOfMonth, month, weekday] as const;

const nicknames: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/** The values of one field, or the end of a sentence that says what is wrong with it. */
function readField(text: string, field: Field): FieldValues | string {
  const found = new Set<number>();
  const nth: NthWeekday[] = [];
  let last = false;
  for (const item of text.split(",")) {
    if (item === "?" && (field === dayOfMonth || field === weekday) && text === "?") return everything;
    if (item === "l" && field === dayOfMonth) {
      last = true;
      continue;
    }
    const special = field === weekday ? readNthWeekday(item) : null;
    if (typeof special === "string") return special;
    if (special !== null) {
      nth.push(...special);
      continue;
    }
    const values = readItem(item, field);
    if (typeof values === "string") return values;
    for (const value of values) found.add(value);
  }
  if (nth.length > 0 && found.size > 0) {
    return `"${text}" mixes weekdays with the n-th weekday of a month. Write two crons.`;
  }
  const isEverything = found.size === field.most - field.least + 1;
  return { values: isEverything ? null : [...found].sort((a, b) => a - b), last, nth };
}

const everything: FieldValues = { values: null, last: false, nth: [] };

/** "5#2" and "l5"; null when the item is none of them. */
function readNthWeekday(item: string): NthWeekday[] | string | null {
  const [, which, place, lastOf] = /^(.+)#(.*)$|^l(.+)$/.exec(item) ?? [];
  if (which === undefined && lastOf === undefined) return null;
  const values = readItem(which ?? lastOf ?? "", weekday);
  if (typeof values === "string") return values;
  if (lastOf !== undefined) return values.map(it => ({ weekday: it, nth: "last" }));
  if (!/^[1-5]$/.test(place ?? "")) {
    return `"${item}" asks for weekday ${place} of a month. After "#" comes 1 to 5; the last one is written L${which}.`;
  }
  return values.map(it => ({ weekday: it, nth: Number(place) }));
}

/** One item of a list: "*", "5", "mon-fri", "0-30/10", "5/15". */
function readItem(item: string, field: Field): readonly number[] | string {
  const [, range = "", step] = /^([^/]*)(?:\/(.*))?$/.exec(item) ?? [];
  if (step !== undefined && !/^[1-9]\d*$/.test(step)) {
    return `"${item}" has the step "${step}". Write a whole number from 1 on: ${range || "*"}/5.`;
  }
  const bounds = readBounds(range, step !== undefined, field);
  if (typeof bounds === "string") return bounds;
  const { from, to } = bounds;
  // A range may pass the end of its field: fri-mon, 22-2.
  const length = field.most - field.least + 1;
  const count = (to - from + length) % length;
  const values: number[] = [];
  for (let i = 0; i <= count; i += Number(step ?? 1)) {
    values.push(field.least + ((from - field.least + i) % length));
  }
  return values;
}

function readBounds(range: string, hasStep: boolean, field: Field): { from: number; to: number } | string {
  if (range === "*") return { from: field.least, to: field.most };
  const ends = range.split("-");
  const [first = "", second] = ends;
  const from = valueSpelled(first, field);
  const to = second === undefined ? (hasStep ? field.most : from) : valueSpelled(second, field);
  if (from === null || to === null || ends.length > 2) {
    const spelling = field.names.length > 0 ? ` or a name such as ${field.names[1]}` : "";
    const highest = field === weekday ? 7 : field.most;
    return `"${range}" is no ${field.name}. Write a number from ${field.least} to ${highest}${spelling}.`;
  }
  // 7 is Sunday too, so 0-7 is the whole week.
  if (field === weekday && second !== undefined && from === 0 && second === "7") return { from: 0, to: 6 };
  return { from, to };
}

function valueSpelled(text: string, field: Field): number | null {
  const named = field.names.indexOf(text);
  if (named >= 0) return named + field.least;
  if (!/^\d{1,2}$/.test(text)) return null;
  const value = Number(text);
  if (field === weekday && value === 7) return 0;
  return value >= field.least && value <= field.most ? value : null;
}

function complete(
  text: string,
  [minutes, hours, days, months, weekdays]: readonly FieldValues[],
): { cron: Cron } | { error: string } {
  const cron: Cron = {
    text,
    minutes: minutes?.values ?? all(minute),
    hours: hours?.values ?? all(hour),
    daysOfMonth: days?.values ?? null,
    lastDayOfMonth: days?.last ?? false,
    months: months?.values ?? all(month),
    weekdays: weekdays?.values ?? null,
    nthWeekdays: weekdays?.nth ?? [],
  };
  if (neverFires(cron)) {
    return { error: `The cron "${text}" never fires: none of its months has such a day. Write another day.` };
  }
  return { cron };
}

function all({ least, most }: Field): number[] {
  return Array.from({ length: most - least + 1 }, (_, i) => least + i);
}

function neverFires({ daysOfMonth, lastDayOfMonth, months, weekdays, nthWeekdays }: Cron): boolean {
  if (daysOfMonth === null || lastDayOfMonth) return false;
  if ((weekdays?.length ?? 0) + nthWeekdays.length > 0) return false;
  const longest = Math.max(...months.map(it => (it === 2 ? 29 : [4, 6, 9, 11].includes(it) ? 30 : 31)));
  return daysOfMonth.every(day => day > longest);
}
