import { expect, test } from "vitest";
import { logTo } from "../../src/sdk/log.ts";

test("the log writes objects as JSON and errors with their stack", () => {
  const lines: string[] = [];
  const log = logTo((level, message) => lines.push(`${level} ${message}`));
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  log.debug("a", { at: new Date(0), big: 1n }, 2, undefined);
  log.warn("circular", circular);
  log.error("failed", new TypeError("boom"));
  expect(lines.slice(0, 2)).toEqual([
    'debug a {"at":"1970-01-01T00:00:00.000Z","big":"1"} 2 undefined',
    "warn circular [object Object]",
  ]);
  expect(lines[2]).toMatch(/^error failed TypeError: boom\n\s+at /);
});
