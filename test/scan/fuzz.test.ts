import fc from "fast-check";
import { expect, test } from "vitest";
import { linkScans } from "../../src/scan/linkScans.ts";
import { scanFile } from "../../src/scan/scanFile.ts";
import { readScansMessage, writeScans } from "../../src/scan/scanMessage.ts";

const text = `import { asset, source as src, dailyPartitions, notNull, stream, self } from "millrace";
import * as m from 'millrace';
import { raw, type Row } from "./raw.js";
export * from "./more.js";
const daily = dailyPartitions({ start: "2026-01-01", timezone: "UTC" });
const shared = { group: "weather", tags: { a: "b" }, ...daily };
/** Words. */
export const cleaned = asset("weather/cleaned", {
  ...shared,
  inputs: { raw: stream(raw), "other one": src("a.b").last(), before: self.window(-1, -1) },
  deps: [raw, \`weather/\${x}\`, m.asset("inline", {})],
  partitions: daily,
  checks: [notNull("city"), { name: "plausible", sql: "celsius < 60" }],
  async *materialize({ raw }, { log }) {
    for (const row of raw as Row[]) if (row.city?.length! > 0) yield { ...row, at: \`\${row.day}T\${1}\` };
  },
}).checks(({ rows }) => [rows("complete", async () => true)]);
export default { a: cleaned, b: [asset(key("x"), {})], c: isLarge ? cleaned : null } satisfies object;
for (const city of cities) asset(city, {});
enum Size { S = 1 << 2 }
`;

/** Pieces that turn the meaning of what follows them. */
const pieces = fc.oneof(
  fc.string({ maxLength: 5 }),
  fc.string({ unit: "binary", maxLength: 5 }),
  fc.constantFrom(
    ..."{ } ( ) [ ] < > ` ${ ' \" /* */ // = => ; , . ... ?. ! @ # \\ \u2028 \uFEFF \uD800".split(" "),
  ),
  fc.constantFrom(
    "asset(",
    "export ",
    "import ",
    "const asset = ",
    "self",
    "...self",
    "as ",
    "<T>",
    "await ",
  ),
);
const position = fc.nat(text.length);

test("however a file is cut off, it is scanned and never throws", () => {
  for (let length = 0; length <= text.length; length++) check(text.slice(0, length));
});

test("whatever is written over, inserted, deleted or repeated, the file is scanned and never throws", () => {
  const changes = fc.array(fc.record({ at: position, deleted: fc.nat(40), piece: pieces }), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(changes, fc.constantFrom("a.ts", "a.tsx", "a.js", "a.mts"), (changes, file) => {
      let changed = text;
      for (const { at, deleted, piece } of changes) {
        changed = changed.slice(0, at) + piece + changed.slice(at + deleted);
      }
      check(changed, file);
    }),
    { numRuns: 600 },
  );
});

test("what is no program at all is scanned and never throws", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), noise => check(`import { asset } from "millrace";\n${noise}`)),
    { numRuns: 200 },
  );
});

test("an error that the parser places nowhere stands at its line", () => {
  const text = 'import { asset } from "millrace";\narguments\u0001';
  check(text);
  expect(scanFile(text, "a.ts").problems.map(it => [it.line, it.column])).toEqual([[2, 10]]);
});

/** The invariants of a scan, whatever its text. */
function check(changed: string, file = "a.ts") {
  const started = performance.now();
  const scan = scanFile(changed, file);
  const { graph } = linkScans(new Map([[file, scan]]));
  expect(performance.now() - started).toBeLessThan(10_000);

  const lines = changed.split(/\r\n|[\n\r]/).length;
  for (const { line, column, message } of graph.problems) {
    expect(line).toBeGreaterThan(0);
    expect(line).toBeLessThanOrEqual(lines);
    expect(column).toBeGreaterThan(0);
    expect(message).toMatch(/\.$|\?$/);
  }
  for (const { key, statement, keyRange } of scan.definitions) {
    expect(key).not.toBe("");
    expect(statement.start.line).toBeLessThanOrEqual(keyRange.end.line);
    expect(keyRange.end.line).toBeLessThanOrEqual(lines);
  }
  for (const { from, to } of graph.edges) {
    const keys = graph.assets.map(it => it.key);
    expect(keys).toContain(from);
    expect(keys).toContain(to);
  }
  // A surrogate that stands alone is the one thing that JSON escapes and gives back.
  expect(readScansMessage(writeScans([scan]))).toEqual([scan]);
}
