import { expect, test } from "vitest";
import { dueTicks, mostMissed } from "../../src/model/dueTicks.ts";
import { parseSchedule } from "../../src/model/schedule.ts";

const at = (text: string) => Date.parse(text);
const instants = (ticks: readonly number[]) => ticks.map(it => new Date(it).toISOString().slice(0, 16));

function schedule(crons: string | string[], timezone?: string) {
  const parsed = parseSchedule(crons, timezone);
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.schedule;
}

test("a tick is due once, when its time has come", () => {
  const daily = schedule("0 6 * * *");
  const before = dueTicks(daily, at("2026-01-01T00:00Z"), at("2026-01-01T05:59Z"), "latest");
  expect(before.due).toEqual([]);
  expect(instants([before.next])).toEqual(["2026-01-01T06:00"]);
  const then = dueTicks(daily, before.doneUntil, at("2026-01-01T06:00:00.020Z"), "latest");
  expect(instants(then.due)).toEqual(["2026-01-01T06:00"]);
  expect(dueTicks(daily, then.doneUntil, at("2026-01-01T06:00:05Z"), "latest").due).toEqual([]);
});

test("of ticks that nobody was there for, the rule takes none, the latest or all", () => {
  const hourly = schedule("0 * * * *");
  const [from, now] = [at("2026-01-01T00:30Z"), at("2026-01-01T04:30Z")];
  expect(dueTicks(hourly, from, now, "skip")).toMatchObject({ due: [], left: { count: 4 } });
  expect(instants(dueTicks(hourly, from, now, "latest").due)).toEqual(["2026-01-01T04:00"]);
  expect(dueTicks(hourly, from, now, "latest").left?.count).toBe(3);
  expect(dueTicks(hourly, from, now, "all").due.length).toBe(4);
  expect(dueTicks(hourly, from, now, "all").left).toBe(null);
});

test("a tick that is a moment late was not missed, whatever the rule", () => {
  const hourly = schedule("0 * * * *");
  const late = dueTicks(hourly, at("2026-01-01T02:30Z"), at("2026-01-01T04:00:40Z"), "skip");
  expect(instants(late.due)).toEqual(["2026-01-01T04:00"]);
  expect(late.left?.count).toBe(1);
});

test("after a year away the rule for all makes up for the last hundred, at once", () => {
  const began = performance.now();
  const { due, left } = dueTicks(
    schedule("* * * * *"),
    at("2025-01-01T00:00Z"),
    at("2026-01-01T00:00Z"),
    "all",
  );
  expect(due.length).toBe(mostMissed);
  expect(instants([due.at(-1) as number])).toEqual(["2026-01-01T00:00"]);
  expect(left).not.toBe(null);
  expect(performance.now() - began).toBeLessThan(1_000);
});

test("a clock that was ahead by years and is right again loses no tick that is still to come", () => {
  const hourly = schedule("0 * * * *");
  const { due, doneUntil, next } = dueTicks(
    hourly,
    at("2030-01-01T00:00Z"),
    at("2026-01-01T04:30Z"),
    "latest",
  );
  expect(due).toEqual([]);
  expect(instants([doneUntil, next])).toEqual(["2026-01-01T04:30", "2026-01-01T05:00"]);
});

test("a clock that is set back a little fires nothing again", () => {
  const hourly = schedule("0 * * * *");
  const { due, next } = dueTicks(hourly, at("2026-01-01T04:00:10Z"), at("2026-01-01T03:59:50Z"), "all");
  expect(due).toEqual([]);
  expect(instants([next])).toEqual(["2026-01-01T05:00"]);
});

test("a year of several crons in a zone with summer time is played in a moment, and each tick comes once", () => {
  const union = schedule(["0 6 * * *", "30 2 * * 0", "0 */4 * * *"], "Europe/Berlin");
  const fired: number[] = [];
  let doneUntil = at("2026-01-01T00:00Z");
  for (let now = doneUntil; now < at("2027-01-01T00:00Z"); ) {
    const look = dueTicks(union, doneUntil, now, "latest");
    fired.push(...look.due);
    doneUntil = look.doneUntil;
    now = look.next;
  }
  const all = [...union.ticksBetween(at("2026-01-01T00:00Z") + 1, at("2027-01-01T00:00Z") - 1)];
  expect(fired).toEqual(all);
});
