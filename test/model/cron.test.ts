import { describe, expect, test } from "vitest";
import { calendarUnit } from "../../src/model/calendarUnit.ts";
import { parseCron } from "../../src/model/cron.ts";
import { parseSchedule } from "../../src/model/schedule.ts";

describe("a cron is read", () => {
  test("names, ranges, steps and lists are numbers in order", () => {
    expect(cron("*/20,5 22-2 1,L JAN-mar Fri-mon")).toMatchObject({
      minutes: [0, 5, 20, 40],
      hours: [0, 1, 2, 22, 23],
      daysOfMonth: [1],
      lastDayOfMonth: true,
      months: [1, 2, 3],
      weekdays: [0, 1, 5, 6],
    });
  });

  test("a field that names everything leaves it open", () => {
    expect(cron("0-59 */1 1-31 * 0-7")).toMatchObject({ daysOfMonth: null, weekdays: null });
    expect(cron("0 0 ? * ?")).toMatchObject({ daysOfMonth: null, weekdays: null });
  });

  test("7 is Sunday, and a start with a step runs to the end of its field", () => {
    expect(cron("50/4 0 * * 7")).toMatchObject({ minutes: [50, 54, 58], weekdays: [0] });
  });

  test("the second and the last Friday of a month have their own signs", () => {
    expect(cron("0 0 * * 5#2").nthWeekdays).toEqual([{ weekday: 5, nth: 2 }]);
    expect(firstTicks("0 0 * * L5", "2026-01-01", 3)).toEqual(["2026-01-30", "2026-02-27", "2026-03-27"]);
  });

  test("a day of the month and a weekday are alternatives", () => {
    expect(firstTicks("0 0 13 * 5", "2026-02-01", 4)).toEqual([
      "2026-02-06",
      "2026-02-13",
      "2026-02-20",
      "2026-02-27",
    ]);
    expect(firstTicks("0 0 13 * 1", "2026-01-01", 3)).toEqual(["2026-01-05", "2026-01-12", "2026-01-13"]);
  });

  const wrong: [string, string][] = [
    ["", "is empty. Write five: minute, hour, day of month, month, weekday"],
    ["0 0 * *", "has 4 fields"],
    ["0 0 * * * *", "has 6 fields"],
    ["60 * * * *", '"60" is no minute. Write a number from 0 to 59.'],
    ["0 0 0 * *", '"0" is no day of month. Write a number from 1 to 31.'],
    ["0 0 * 13 *", '"13" is no month. Write a number from 1 to 12 or a name such as feb.'],
    ["0 0 * * 8", '"8" is no weekday. Write a number from 0 to 7 or a name such as mon.'],
    ["0 0 * foo *", '"foo" is no month'],
    ["-5 * * * *", '"-5" is no minute'],
    ["1-2-3 * * * *", '"1-2-3" is no minute'],
    ["1,,2 * * * *", '"" is no minute'],
    ["*/0 * * * *", 'has the step "0"'],
    ["*/x * * * *", 'has the step "x"'],
    ["0 0 * * 5#6", 'After "#" comes 1 to 5'],
    ["0 0 * * 1,5#2", "mixes weekdays with the n-th weekday"],
    ["0 0 30 2 *", "never fires"],
    ["0 0 31 4,6 *", "never fires"],
    ["@dayly", 'There is no schedule "@dayly". Did you mean "@daily"'],
    ["0 0 L-3 * *", '"l-3" is no day of month'],
  ];
  for (const [text, message] of wrong) {
    test(`"${text}" is none, and the answer says why`, () => {
      const parsed = parseCron(text);
      expect("error" in parsed && parsed.error).toContain(message);
    });
  }
});

describe("the windows of a cron", () => {
  const units: [string, string][] = [
    ["0 0 * * 1-5", "0 0 * * *"],
    ["0 9-17 * * 1-5", "0 * * * *"],
    ["0,30 9 * * *", "0,30 * * * *"],
    ["15 6,18 * * 1-5", "15 6,18 * * *"],
    ["0 0 1,15 * *", "0 0 * * *"],
    ["0 0 31 * *", "0 0 * * *"],
    ["0 0 * * 5#2", "0 0 * * *"],
    ["0 * * * 1", "0 * * * *"],
    ["0 0 * 6-8 *", "0 0 * * *"],
    ["0 0 * 6-8 1", "0 0 * * 1"],
    ["0 0 1 6-8 *", "0 0 1 * *"],
    ["0 0 29 2 *", "0 0 * * *"],
  ];
  for (const [text, unit] of units) {
    test(`pauses of "${text}" belong to nobody: a window is as long as one of "${unit}"`, () => {
      const { text: _, ...fields } = calendarUnit(cron(text));
      const { text: __, ...expected } = cron(unit);
      expect(fields).toEqual(expected);
    });
  }

  for (const text of [
    "0 0 * * *",
    "*/15 * * * *",
    "0 6,18 * * *",
    "0 10,16 * * *",
    "0 0 * * 1",
    "0 0 L * *",
  ]) {
    test(`"${text}" has no pauses: each window ends where the next begins`, () => {
      expect(calendarUnit(cron(text))).toEqual(cron(text));
    });
  }

  test("quarters and years are units too", () => {
    for (const text of ["0 0 1 */3 *", "0 0 31 1 *", "0 0 1 2,8 *"]) {
      expect(calendarUnit(cron(text))).toEqual(cron(text));
    }
  });
});

describe("a schedule", () => {
  test("looks forward and back from any instant", () => {
    const parsed = parseSchedule(["0 9 * * 1-5", "0 12 * * 6"], "Europe/Berlin");
    if ("error" in parsed) return expect.fail(parsed.error);
    const saturday = Date.parse("2026-01-03T11:00:00Z");
    expect(parsed.schedule.tickAtOrAfter(saturday)).toBe(saturday);
    expect(parsed.schedule.tickAtOrAfter(saturday + 1)).toBe(Date.parse("2026-01-05T08:00:00Z"));
    expect(parsed.schedule.tickAtOrBefore(saturday)).toBe(saturday);
    expect(parsed.schedule.tickAtOrBefore(saturday - 1)).toBe(Date.parse("2026-01-02T08:00:00Z"));
  });

  test("without a cron, or in no zone, is an error", () => {
    expect(parseSchedule([])).toEqual({ error: 'A schedule has no cron. Write one, such as "0 6 * * *".' });
    expect(parseSchedule("0 0 * * *", "Berlin")).toEqual({
      error:
        'There is no time zone "Berlin". Write a name of the IANA database, such as "Europe/Berlin" or "UTC".',
    });
  });
});

function cron(text: string) {
  const parsed = parseCron(text);
  return "cron" in parsed ? parsed.cron : expect.fail(parsed.error);
}

function firstTicks(text: string, from: string, count: number) {
  const parsed = parseSchedule(text);
  if ("error" in parsed) return expect.fail(parsed.error);
  const ticks: string[] = [];
  for (const tick of parsed.schedule.ticksBetween(Date.parse(from), Number.POSITIVE_INFINITY)) {
    if (ticks.push(new Date(tick).toISOString().slice(0, 10)) === count) break;
  }
  return ticks;
}
