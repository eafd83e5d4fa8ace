/** Made when first needed: making it takes longer than everything else that an editor waits for at the start. */
let inEnglish: Intl.NumberFormat | undefined;

/** "1,204": a number as a person reads it, in the separators of a locale. */
export function formatCount(count: number | bigint, locale?: string): string {
  if (locale !== undefined) return new Intl.NumberFormat(locale).format(count);
  inEnglish ??= new Intl.NumberFormat("en-US");
  return inEnglish.format(count);
}

/** "1 row", "1,204 rows". */
export function formatRows(rows: number, locale?: string): string {
  return formatCounted(rows, "row", locale);
}

/** "1 asset", "1,204 assets": a number of what is called by a noun. */
export function formatCounted(count: number, noun: string, locale?: string): string {
  return `${formatCount(count, locale)} ${noun}${count === 1 ? "" : "s"}`;
}

/** "840 ms", "1.2 s", "12 s", "3 min 5 s", "2 h 5 min", "3 d 4 h": never more than two units. */
export function formatDuration(milliseconds: number): string {
  const ms = Math.max(0, Math.round(milliseconds));
  if (ms < 1000) return `${ms} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 100) return `${tenths / 10} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return twoUnits(seconds, 60, "min", "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return twoUnits(minutes, 60, "h", "min");
  return twoUnits(Math.round(minutes / 60), 24, "d", "h");
}

/** "2 h ago": how long before `now` an ISO 8601 instant was; a clock that runs ahead counts as now. */
export function formatAgo(iso: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(iso)) / 1000);
  if (Number.isNaN(seconds)) return "at an unknown time";
  if (seconds < 5) return "just now";
  const unit = agoUnits.find(({ seconds: size, until }) => seconds < until * size) ?? lastAgoUnit;
  return `${Math.floor(seconds / unit.seconds)} ${unit.name} ago`;
}

const day = 24 * 3600;
const lastAgoUnit = { seconds: 365 * day, name: "years" };

/** Each unit serves until so many of it have passed. */
const agoUnits = [
  { seconds: 1, name: "s", until: 60 },
  { seconds: 60, name: "min", until: 60 },
  { seconds: 3600, name: "h", until: 48 },
  { seconds: day, name: "d", until: 60 },
  { seconds: 30 * day, name: "months", until: 24 },
];

function twoUnits(count: number, size: number, large: string, small: string): string {
  const rest = count % size;
  return `${Math.floor(count / size)} ${large}${rest === 0 ? "" : ` ${rest} ${small}`}`;
}
