/**
 * When a cron fires, found the slow and plain way: by looking at a zone's clock in every minute.
 * It knows numbers, lists, ranges, steps, L and 5#2, and shares nothing with the model.
 */
export function ticksByHand(cron: string, timezone: string, from: number, to: number): number[] {
  const text = { "@hourly": "0 * * * *", "@daily": "0 0 * * *" }[cron] ?? cron;
  const [minutes = "", hours = "", days = "", months = "", weekdays = ""] = text.split(" ");
  const isMinute = valuesOf(minutes, 0, 59);
  const isHour = valuesOf(hours, 0, 23);
  const isMonth = valuesOf(months, 1, 12);
  const showsTime = (wall: number) =>
    isMinute.has((((wall / 60_000) % 60) + 60) % 60) &&
    isHour.has(new Date(wall).getUTCHours()) &&
    isMonth.has(new Date(wall).getUTCMonth() + 1) &&
    showsDay(new Date(wall), days, weekdays);

  // Two days more on both sides: a time may have moved here from outside.
  const margin = 2 * 86_400_000;
  const wallAt = clock(timezone);
  const shown = new Map<number, number[]>();
  let before = Number.NaN;
  const ticks: number[] = [];
  for (let at = Math.ceil((from - margin) / 60_000) * 60_000; at <= to + margin; at += 60_000) {
    const wall = wallAt(at);
    if (hours !== "*") {
      for (let gap = before + 60_000; gap < wall; gap += 60_000) {
        if (showsTime(gap)) ticks.push(at);
      }
    }
    before = wall;
    if (showsTime(wall)) shown.set(wall, [...(shown.get(wall) ?? []), at]);
  }
  for (const instants of shown.values()) ticks.push(...(hours === "*" ? instants : instants.slice(-1)));
  return [...new Set(ticks)].filter(it => it >= from && it <= to).sort((a, b) => a - b);
}

function showsDay(wall: Date, days: string, weekdays: string): boolean {
  const [day, weekday] = [wall.getUTCDate(), wall.getUTCDay()];
  const isLast = new Date(wall.getTime() + 86_400_000).getUTCDate() === 1;
  const byDay = days.split(",").some(it => (it === "L" ? isLast : valuesOf(it, 1, 31).has(day)));
  const byWeekday = weekdays.split(",").some(item => {
    const [which = "", nth] = item.split("#");
    const isWeekday = valuesOf(which, 0, 7);
    return (
      (isWeekday.has(weekday) || (weekday === 0 && isWeekday.has(7))) &&
      (nth === undefined || Math.ceil(day / 7) === Number(nth))
    );
  });
  return days === "*" || weekdays === "*" ? byDay && byWeekday : byDay || byWeekday;
}

function valuesOf(field: string, least: number, most: number): Set<number> {
  const values = new Set<number>();
  for (const item of field.split(",")) {
    const [range = "", step] = item.split("/");
    const [first = "", last] = range.split("-");
    const low = first === "*" ? least : Number(first);
    const high = first === "*" || (last === undefined && step !== undefined) ? most : Number(last ?? first);
    for (let value = low; value <= high; value += Number(step ?? 1)) values.add(value);
  }
  return values;
}

/** What a zone's clock shows, as the instant at which UTC shows it. */
export function clock(timezone: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone,
    hourCycle: "h23",
    dateStyle: "short",
    timeStyle: "medium",
  });
  const known = new Map<number, number>();
  return instant => {
    // No clock is changed within a quarter of an hour but at its start.
    const quarter = Math.floor(instant / 900_000) * 900_000;
    let offset = known.get(quarter);
    if (offset === undefined) {
      const [date = "", time = ""] = format.format(quarter).split(", ");
      offset = Date.parse(`${date}T${time}Z`) - quarter;
      known.set(quarter, offset);
    }
    return instant + offset;
  };
}
