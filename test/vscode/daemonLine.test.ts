import { expect, test } from "vitest";
import { daemonLine } from "../../src/vscode/daemonLine.ts";

const at = "2026-02-03T11:58:07.123Z";

test("what a daemon logs is read as a sentence with its time, on the clock of the wall", () => {
  expect(line({ at, level: "info", from: "daemon", message: "The daemon has started.", pid: 4711 })).toBe(
    "12:58:07 The daemon has started.",
  );
  expect(line({ at, level: "warn", from: "daemon", message: "Run 7 failed." })).toBe(
    "12:58:07 warn: Run 7 failed.",
  );
});

test("errors of the definitions stand below the line that counts them", () => {
  const message = "Definitions are loaded.";
  expect(line({ at, level: "warn", message, errors: ["a.ts:3: no key", "b.ts:1: twice"] })).toBe(
    "12:58:07 warn: Definitions are loaded.\n  a.ts:3: no key\n  b.ts:1: twice",
  );
});

test("what is no entry of the log is shown as it is", () => {
  for (const text of ["starting PostgreSQL…", '{"rows": 3}', "{ broken"]) expect(daemonLine(text)).toBe(text);
});

function line(entry: object): string {
  return daemonLine(JSON.stringify(entry), "en-GB", "Europe/Berlin");
}
