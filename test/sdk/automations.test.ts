import {
  asset,
  assetSensor,
  type DefinitionError,
  fileSensor,
  postgresNotifySensor,
  resource,
  runStatusSensor,
  schedule,
  sensor,
  webhook,
} from "millrace";
import { describe, expect, expectTypeOf, test } from "vitest";

const readings = asset("weather/readings", { materialize: () => [] });
const stationApi = resource("stationApi", { open: async () => ({ newest: async () => "2026-02-01" }) });

describe("what every sensor and schedule may say is checked where it is written", () => {
  const run = () => {};
  wrong(
    "a name that is none",
    () => sensor("new orders", { run }),
    'is given the text "new orders" as its name',
    'Write sensor("new_orders"',
  );
  wrong(
    "no options",
    () => schedule("nightly", undefined as never),
    'The options of schedule "nightly" are undefined',
    'Write schedule("every_morning"',
  );
  wrong(
    "a misspelt option",
    () => sensor("poll", { run, evry: "1 s" } as never),
    'The option "evry" of sensor "poll" does not exist',
    'Did you mean "every"?',
  );
  wrong(
    "no function",
    () => sensor("poll", {} as never),
    'The sensor "poll" has no function "run"',
    "Write sensor(",
  );
  wrong(
    "neither a function nor assets",
    () => fileSensor("drops", { files: "in/*.csv" }),
    'The sensor "drops" says neither what it makes nor how to decide it',
    "Write assets: [readings]",
  );
  wrong(
    "a function that is none",
    () => sensor("poll", { run: "look" as never }),
    '"run" of sensor "poll" is the text "look"',
    "Write a function",
  );
  wrong("no assets", () => sensor("poll", { run, assets: [] }), "The assets of sensor", "Write a list");
  wrong(
    "an asset that is no key",
    () => sensor("poll", { run, assets: ["raw//orders"] }),
    'Asset 1 of sensor "poll" is the text "raw//orders"',
    "has an empty component",
  );
  wrong(
    "an asset that is not there yet",
    () => sensor("poll", { run, assets: [undefined as never] }),
    'Asset 1 of sensor "poll" is undefined',
    "name the asset by its key",
  );
  wrong(
    "assets and a selection",
    () => sensor("poll", { run, assets: [readings], selection: "group:x" }),
    'sensor "poll" has both "assets" and "selection"',
    "Leave one of them out.",
  );
  wrong(
    "a selection that cannot be read",
    () => sensor("poll", { run, selection: "group:" }),
    'The selection of sensor "poll" cannot be read',
    "group",
  );
  wrong(
    "a pause that is no time",
    () => sensor("poll", { run, every: "often" as never }),
    '"every" of sensor "poll" is the text "often"',
    'Write every: "30 s".',
  );
  wrong(
    "a pause that is too short",
    () => sensor("poll", { run, every: "0.5 s" }),
    '"every" of sensor "poll" is the text "0.5 s"',
    "Write a time from a second to a year.",
  );
  wrong(
    "a switch that is none",
    () => sensor("poll", { run, on: "yes" as never }),
    '"on" of sensor',
    "on: false",
  );
  wrong(
    "a resource that is none",
    () => sensor("poll", { run, resources: { api: fetch as never } }),
    'The resource "api" of sensor "poll" is a function',
    'Declare it: resource("api"',
  );
  wrong(
    "resources that are one",
    () => sensor("poll", { run, resources: stationApi as never }),
    '"resources" of sensor "poll" is not an object',
    "Write resources: { stationApi }.",
  );
  wrong(
    "resources without a function",
    () => fileSensor("drops", { files: "in/*.csv", assets: [readings], resources: { stationApi } }),
    'The sensor "drops" asks for resources, and has no function that they are opened for',
    'or leave "resources" out',
  );
});

describe("what each kind says besides is checked too", () => {
  const assets = [readings];
  wrong(
    "a schedule without its cron",
    () => schedule("nightly", { assets } as never),
    'The cron of schedule "nightly" is undefined',
    'Write cron: "0 6 * * *".',
  );
  wrong(
    "a cron with a field too few",
    () => schedule("nightly", { cron: "0 6 * *", assets }),
    'The schedule "nightly" is never due',
    'The cron "0 6 * *" has 4 fields',
  );
  wrong(
    "one cron among several that has no such hour",
    () => schedule("nightly", { cron: ["0 6 * * *", "0 25 * * *"], assets }),
    'The schedule "nightly" is never due',
    'In the cron "0 25 * * *"',
  );
  wrong(
    "a zone that is none",
    () => schedule("nightly", { cron: "0 6 * * *", timezone: "Mars/Olympus", assets }),
    'The schedule "nightly" is never due',
    'There is no time zone "Mars/Olympus"',
  );
  wrong(
    "half a partition",
    () => schedule("nightly", { cron: "0 6 * * *", partitions: 0.5, assets }),
    '"partitions" of schedule "nightly" is 0.5',
    "partitions: 1",
  );
  wrong(
    "missed ticks in other words",
    () => schedule("nightly", { cron: "0 6 * * *", missed: "some" as never, assets }),
    '"missed" of schedule "nightly" is the text "some"',
    'Write "skip", "latest" or "all".',
  );
  wrong(
    "files outside of the workspace",
    () => fileSensor("drops", { files: "../in/*.csv", assets }),
    '"files" of sensor "drops" leads out of the workspace',
    "relative to the root",
  );
  wrong(
    "no files",
    () => fileSensor("drops", { files: [], assets }),
    '"files" of sensor "drops" is',
    'Write files: "incoming/*.csv".',
  );
  wrong(
    "a rest that is no time",
    () => fileSensor("drops", { files: "in/*", settle: "soon" as never, assets }),
    '"settle" of sensor "drops" is the text "soon"',
    'Write a time such as "2 s".',
  );
  wrong(
    "a channel that is none",
    () => postgresNotifySensor("told", { channel: "", assets }),
    'The channel of sensor "told" is',
    'Write channel: "orders".',
  );
  wrong(
    "a database by its URL",
    () =>
      postgresNotifySensor("told", { channel: "x", database: "postgres://me:secret@there" as never, assets }),
    '"database" of sensor "told" names no environment variable',
    'database: { env: "ORDERS_URL" }',
  );
  wrong(
    "a token in the text",
    () => webhook("pushed", { token: "s3cret" as never, assets }),
    '"token" of sensor "pushed" names no environment variable',
    'token: { env: "PUSHED_TOKEN" }',
  );
  wrong(
    "an asset to wait for that is none",
    () => assetSensor("after", { asset: 4 as never, assets }),
    '"asset" of sensor "after" is 4',
    "asset: orders",
  );
  wrong(
    "a status that no run ends with",
    () => runStatusSensor("alarm", { status: "broken" as never, run: () => {} }),
    '"status" of sensor "alarm" is the text "broken"',
    '"failed"',
  );
});

test("a secret that stands where its variable is to be named is not repeated in the error", () => {
  const assets = [readings];
  const errors = [
    errorOf(() => webhook("pushed", { token: "s3cret" as never, assets })),
    errorOf(() => webhook("pushed", { token: { env: "s3cret words" }, assets })),
    errorOf(() =>
      postgresNotifySensor("told", { channel: "x", database: "postgres://me:s3cret@db" as never, assets }),
    ),
  ];
  for (const { message } of errors) expect(message).not.toContain("s3cret");
});

test("everything that is wrong with one of them is said at once", () => {
  const error = errorOf(() =>
    schedule("nightly", { cron: "0 6", partitions: 0, missed: "no" as never, assets: [readings] }),
  );
  expect(error.problems).toHaveLength(3);
});

test("a function receives what its resources open, typed", () => {
  sensor("poll", {
    assets: [readings],
    resources: { stationApi },
    run: async ({ resources, cursor }) => {
      expectTypeOf(resources).toEqualTypeOf<{
        readonly stationApi: { newest: () => Promise<string> };
      }>();
      expectTypeOf(cursor).toEqualTypeOf<string | null>();
      // @ts-expect-error the resource is called stationApi
      resources.api;
    },
  });
  schedule("nightly", {
    cron: "0 6 * * *",
    resources: { stationApi },
    run: ({ resources }) =>
      expectTypeOf(resources.stationApi.newest()).toEqualTypeOf<Promise<string>>() as never,
  });
  fileSensor("drops", {
    files: "in/*.csv",
    resources: { stationApi },
    run: ({ files, resources }) => {
      expectTypeOf(files[0]?.path).toEqualTypeOf<string | undefined>();
      expectTypeOf(resources.stationApi).toHaveProperty("newest");
    },
  });
  sensor("plain", {
    // @ts-expect-error it asks for no resource
    run: ({ resources }) => void resources.stationApi,
  });
});

function wrong(what: string, define: () => unknown, said: string, instead: string) {
  test(`${what} is an error with its place`, () => {
    const error = errorOf(define);
    expect(error.name).toBe("DefinitionError");
    expect(error.problems).toHaveLength(1);
    const [before = "", after = ""] = error.message.split(` (${import.meta.filename}:`);
    expect(before).toContain(said);
    expect(after).toContain(instead);
  });
}

function errorOf(define: () => unknown): DefinitionError {
  try {
    define();
  } catch (error) {
    return error as DefinitionError;
  }
  throw new Error("The definition was accepted.");
}
