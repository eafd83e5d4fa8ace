/** A line of a daemon's JSON log as a person reads it: "16:40:12 warn: Run 7 is failed."; anything else as it is. */
export function daemonLine(line: string, locale?: string, timeZone?: string): string {
  const entry = entryOf(line);
  if (entry === null) return line;
  const { at, level, message, errors } = entry;
  const options = { hourCycle: "h23", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
  const time = new Date(at).toLocaleTimeString(locale, { ...options, ...(timeZone ? { timeZone } : {}) });
  const first = `${time} ${level === "info" ? "" : `${level}: `}${message}`;
  return [first, ...(errors ?? []).map(it => `  ${it}`)].join("\n");
}

interface Entry {
  readonly at: string;
  readonly level: string;
  readonly message: string;
  readonly errors?: readonly string[];
}

function entryOf(line: string): Entry | null {
  if (!line.startsWith("{")) return null;
  try {
    const entry = JSON.parse(line) as Partial<Entry>;
    const isEntry = typeof entry.at === "string" && typeof entry.message === "string";
    return isEntry ? (entry as Entry) : null;
  } catch {
    return null;
  }
}
