import {
  type Asset,
  asset,
  columns,
  type DefinitionError,
  ioManager,
  notNull,
  resource,
  source,
  stream,
  unique,
} from "millrace";
import { describe, expect, test, vi } from "vitest";
import { isAsset, isSource } from "../../src/sdk/definition.ts";
import { definitionPlace } from "../../src/sdk/definitionPlace.ts";
import { isResource } from "../../src/sdk/resource.ts";

const readings = asset("weather/readings", { materialize: () => [{ city: "Oslo" }] });
const stationApi = resource("stationApi", { open: () => ({}) });

describe("an asset is what its definition says", () => {
  test("everything that is not said has a default", () => {
    const { definedAt, materialize, checks, window, last, all, mapping, ...definition } = asset("orders", {
      materialize: () => [],
    });
    expect(definition).toEqual({
      key: "orders",
      description: null,
      group: "default",
      tags: {},
      owners: [],
      kinds: [],
      codeVersion: null,
      previousKeys: [],
      inputs: {},
      deps: [],
      depMappings: {},
      backfillPolicy: null,
      pool: null,
      automation: null,
      freshness: null,
      isQuery: false,
      resources: {},
      io: null,
      columns: null,
      partitions: null,
      checkDefinitions: [],
      ...brandOf(readings),
    });
  });

  test("everything that is said is kept", () => {
    const io = ioManager({ store: () => {}, load: () => null });
    const definition = asset("weather/averages", {
      description: "One row per city.",
      group: "weather",
      tags: { priority: "high" },
      owners: ["ada@example.com", "team:weather"],
      kinds: ["csv"],
      codeVersion: "2",
      inputs: { readings },
      deps: [source("raw.stations"), "raw/orders"],
      resources: { stationApi },
      io,
      columns: columns({ city: "text" }),
      checks: [notNull("city")],
      previousKeys: ["weather/means"],
      materialize: () => [{ city: "Oslo" }],
    });
    expect(definition).toMatchObject({
      description: "One row per city.",
      group: "weather",
      tags: { priority: "high" },
      owners: ["ada@example.com", "team:weather"],
      kinds: ["csv"],
      codeVersion: "2",
      inputs: { readings: { upstream: { key: "weather/readings" }, stream: false } },
      deps: ["raw/stations", "raw/orders"],
      resources: { stationApi },
      io,
      columns: { city: "text" },
      checkDefinitions: [{ name: "notNull(city)" }],
      previousKeys: ["weather/means"],
    });
  });

  test("a streamed input says so", () => {
    const consumer = asset("consumer", { inputs: { readings: stream(readings) }, materialize: () => [] });
    expect(consumer.inputs.readings).toMatchObject({ upstream: { key: "weather/readings" }, stream: true });
  });

  test("what is an input is no dependency beside it", () => {
    const consumer = asset("consumer", {
      inputs: { readings },
      deps: [readings, "other"],
      materialize: () => [],
    });
    expect(consumer.deps).toEqual(["other"]);
  });

  test("a source is known by schema and table", () => {
    expect(source("raw.stations", { group: "outside" })).toMatchObject({
      key: "raw/stations",
      relation: { schema: "raw", table: "stations" },
      group: "outside",
    });
  });

  test("checks that are added later leave the first definition as it was", () => {
    const first = asset("checked", {
      checks: [notNull("city")],
      materialize: () => [{ city: "Oslo", id: 1 }],
    });
    const second = first.checks(({ rows, unique }) => [unique("id"), rows("any", () => true)]);
    const third = second.checks(({ sql }) => [sql("short", "length(city) < 9", { blocking: true })]);
    expect(namesOf(first)).toEqual(["notNull(city)"]);
    expect(namesOf(third)).toEqual(["notNull(city)", "unique(id)", "any", "short"]);
    expect(third.checkDefinitions.at(-1)).toEqual({
      kind: "sql",
      name: "short",
      sql: "length(city) < 9",
      blocking: true,
      severity: "error",
      description: null,
    });
  });

  test("a check does not block and is an error unless it says otherwise", () => {
    expect(notNull("city")).toMatchObject({ blocking: false, severity: "error", description: null });
    expect(unique("id", { blocking: true, severity: "warning", description: "One row each." })).toMatchObject(
      {
        blocking: true,
        severity: "warning",
        description: "One row each.",
      },
    );
  });

  test("checks of columns quote the names of columns", () => {
    expect(notNull('the "city"').sql).toBe('"the ""city""" is not null');
    expect(unique(["station", "day"])).toMatchObject({
      name: "unique(station, day)",
      sql: '"station" is null or "day" is null or count(*) over (partition by "station", "day") = 1',
    });
  });
});

describe("a definition knows where it is written", () => {
  test("an asset, a source and a resource know their own file and line", () => {
    const line = lineOfHere();
    const here = asset("here", { materialize: () => [] });
    const place = definitionPlace(here.definedAt);
    expect(place).toMatchObject({ file: import.meta.filename, line: line + 1 });
    expect(definitionPlace(source("a.b").definedAt)?.line).toBe(line + 4);
    expect(definitionPlace(resource("r", { open: () => 1 }).definedAt)?.line).toBe(line + 5);
  });

  test("an error of a definition names its file and line and begins its stack there", () => {
    const line = lineOfHere();
    const error = errorOf(() => asset("", { materialize: () => [] }));
    expect(error.message).toContain(`(${import.meta.filename}:${line + 1})`);
    expect(definitionPlace(error)).toMatchObject({ file: import.meta.filename, line: line + 1 });
  });

  test.each([
    ["    at file:///home/ada/my%20assets/a.ts:3:14", "/home/ada/my assets/a.ts", 3],
    ["    at declare (file:///C:/assets/a.ts:3:14)", "C:/assets/a.ts", 3],
    ["    at declare (C:\\assets\\a.ts:3:14)", "C:\\assets\\a.ts", 3],
    ["    at Object.<anonymous> (/home/a (b)/a.ts:30:1)", "/home/a (b)/a.ts", 30],
    ["    at /home/a (b)/a.ts:30:1", "/home/a (b)/a.ts", 30],
    ["    at async file:///a.ts:1:2", "/a.ts", 1],
    ["    at node:internal/modules/run:2:3\n    at /a.ts:1:2", "/a.ts", 1],
  ])("the frame %j is read as %s", (frame, file, line) => {
    expect(definitionPlace({ name: "Error", message: "", stack: `Error\n${frame}` })).toMatchObject({
      file,
      line,
    });
  });

  test("a stack without frames names no place", () => {
    expect(definitionPlace({ name: "Error", message: "", stack: "Error: at home" })).toBeNull();
  });
});

describe("a wrong definition says what is wrong and what to write instead", () => {
  const ok = { materialize: () => [] };

  check(
    "an empty key",
    () => asset("", ok),
    'An asset is given the text "" as its key',
    'such as "raw/orders"',
  );
  check("an empty component", () => asset("raw//orders", ok), '"raw//orders"', "has an empty component");
  check("a key that is no text", () => asset(4 as never, ok), "is given 4 as its key", 'asset("raw/orders"');
  check(
    "no options",
    () => asset("a", undefined as never),
    'The options of asset "a" are undefined',
    "Write asset(",
  );
  check(
    "no function",
    () => asset("a", {} as never),
    'Asset "a" has no function "materialize"',
    "Write materialize:",
  );
  check(
    "a misspelt option",
    () => asset("a", { ...ok, input: {} } as never),
    'The option "input" of asset "a" does not exist',
    'Did you mean "inputs"?',
  );
  check(
    "an input that is undefined",
    () => asset("y", { ...ok, inputs: { x: undefined as never } }),
    'The input "x" of asset "y" is undefined',
    "Two asset files probably import each other; move the shared asset to a third file.",
  );
  check(
    "an input that is a text",
    () => asset("y", { ...ok, inputs: { x: "raw/x" as never } }),
    'The input "x" of asset "y" is the text "raw/x"',
    "Import the asset and write inputs: { x }",
  );
  check(
    "inputs that are one asset",
    () => asset("y", { ...ok, inputs: readings as never }),
    '"inputs" of asset "y" is not an object',
    "Write inputs: { readings }.",
  );
  check(
    "an asset that is its own input",
    () => asset("weather/readings", { ...ok, inputs: { readings } }),
    'The input "readings" of asset "weather/readings" is the asset itself',
    "another key",
  );
  check(
    "a streamed input that is undefined",
    () => stream(undefined as never),
    "stream() is given undefined",
    "import each other",
  );
  check(
    "a dependency on itself",
    () => asset("a", { ...ok, deps: ["a"] }),
    'Asset "a" names itself',
    "Remove it.",
  );
  check(
    "a dependency that is undefined",
    () => asset("a", { ...ok, deps: [undefined as never] }),
    'Dependency 1 of asset "a" is undefined',
    "import each other",
  );
  check(
    "a dependency named twice",
    () => asset("a", { ...ok, deps: ["b", "b"] }),
    'names "b" twice',
    "Remove one",
  );
  check("a wrong dependency", () => asset("a", { ...ok, deps: ["b//c"] }), '"b//c"', "empty component");
  check(
    "a wrong group",
    () => asset("a", { ...ok, group: "my group" }),
    'group of asset "a"',
    'group: "weather"',
  );
  check(
    "a wrong owner",
    () => asset("a", { ...ok, owners: ["ada"] }),
    'owners of asset "a"',
    "ada@example.com",
  );
  check(
    "wrong tags",
    () => asset("a", { ...ok, tags: { a: 1 as never } }),
    'tags of asset "a"',
    'priority: "high"',
  );
  check("wrong kinds", () => asset("a", { ...ok, kinds: "csv" as never }), 'kinds of asset "a"', '["csv"]');
  check(
    "a wrong code version",
    () => asset("a", { ...ok, codeVersion: 2 as never }),
    "is 2",
    'codeVersion: "2"',
  );
  check(
    "its own key among its previous ones",
    () => asset("a", { ...ok, previousKeys: ["a"] }),
    '"previousKeys" of asset "a" names the text "a"',
    "not the one it has",
  );
  check(
    "a resource that is none",
    () => asset("a", { ...ok, resources: { api: {} as never } }),
    'The resource "api" of asset "a" is an object',
    'resource("api", { open:',
  );
  check(
    "an I/O manager that is none",
    () => asset("a", { ...ok, io: {} as never }),
    '"io" of asset "a"',
    "postgresTable()",
  );
  check(
    "columns without types",
    () => asset("a", { ...ok, columns: { city: "" } }),
    'The columns of asset "a"',
    'columns({ city: "text"',
  );
  check(
    "a check of a column that is not declared",
    () => asset("a", { columns: columns({ city: "text" }), checks: [notNull("cty")], materialize: () => [] }),
    'about the column "cty", which is not declared',
    'Did you mean "city"?',
  );
  check(
    "two checks of one name",
    () => asset("a", { ...ok, checks: [notNull("city"), notNull("city")] }),
    'two checks that are called "notNull(city)"',
    "Rename or remove",
  );
  check(
    "a check without a name",
    () => asset("a", { ...ok, checks: [{ sql: "true" } as never] }),
    "has no name",
    "Write",
  );
  check(
    "a check without a test",
    () => asset("a", { ...ok, checks: [{ name: "x" } as never] }),
    'The check "x" of asset "a" needs either "sql" or "rows"',
    "Write",
  );
  check(
    "a check with an empty condition",
    () => asset("a", { ...ok, checks: [{ name: "x", sql: " " }] }),
    'has the text " " as its condition',
    "Write",
  );
  check(
    "a check added later under a name that exists",
    () => readings.checks(({ notNull }) => [notNull("city"), notNull("city")]),
    "two checks",
    "Rename",
  );
  check(
    "checks that are no function",
    () => readings.checks([] as never),
    "is given an array",
    ".checks(({ rows",
  );
  check("notNull without a column", () => notNull(""), "notNull is given no column", 'notNull("city")');
  check("unique without a column", () => unique([]), "unique is given no column", 'unique("city")');
  check("a source without a schema", () => source("orders"), 'the text "orders"', 'source("public.orders")');
  check("a source with three parts", () => source("a.b.c"), 'the text "a.b.c"', "schema and table");
  check(
    "a misspelt option of a source",
    () => source("a.b", { owner: [] } as never),
    '"owner" of source "a.b"',
    '"owners"?',
  );
  check(
    "a resource without open",
    () => resource("api", {} as never),
    'The resource "api" has no',
    "open: () =>",
  );
  check(
    "an I/O manager without load",
    () => ioManager({ store() {} } as never),
    '"load"',
    "ioManager({ store, load })",
  );

  test("everything that is wrong with one definition is said at once", () => {
    const error = errorOf(() => asset("a", { group: "my group", owners: ["ada"], input: {} } as never));
    expect(error.problems).toHaveLength(4);
    expect(error.message.split("\n")).toEqual(error.problems);
  });

  function check(what: string, define: () => unknown, wrong: string, instead: string) {
    test(`${what} is an error`, () => {
      const error = errorOf(define);
      expect(error.name).toBe("DefinitionError");
      expect(error.problems).toHaveLength(1);
      const [before = "", after = ""] = error.message.split(` (${import.meta.filename}:`);
      expect(before).toContain(wrong);
      expect(after).toContain(instead);
    });
  }
});

describe("two copies of the SDK meet", () => {
  test("definitions of another copy are known by their brand and may be inputs", async () => {
    vi.resetModules();
    const other = await import("millrace");
    expect(other.asset).not.toBe(asset);
    const foreign = other.asset("foreign", { materialize: () => [{ id: 1 }] });
    expect(isAsset(foreign)).toBe(true);
    expect(isSource(other.source("a.b"))).toBe(true);
    const api = other.resource("api", { open: () => 1 });
    expect(isResource(api)).toBe(true);
    const consumer = asset("consumer", {
      inputs: { foreign: other.stream(foreign) },
      resources: { api },
      materialize: () => [],
    });
    expect(consumer.inputs.foreign).toMatchObject({ upstream: { key: "foreign" }, stream: true });
  });

  test("what merely looks like a definition is none", () => {
    expect(isAsset({ key: "a" })).toBe(false);
    expect(isAsset(source("a.b"))).toBe(false);
    expect(isSource(null)).toBe(false);
  });
});

function brandOf(definition: object) {
  const symbol = Symbol.for("millrace.definition");
  return { [symbol]: (definition as Record<symbol, unknown>)[symbol] };
}

function namesOf({ checkDefinitions }: Asset<never> | Asset) {
  return checkDefinitions.map(({ name }) => name);
}

function errorOf(define: () => unknown): DefinitionError {
  try {
    define();
  } catch (error) {
    return error as DefinitionError;
  }
  throw new Error("The definition was accepted.");
}

function lineOfHere(): number {
  return Number(/:(\d+):\d+\)?$/.exec(new Error().stack?.split("\n")[2] ?? "")?.[1]);
}
