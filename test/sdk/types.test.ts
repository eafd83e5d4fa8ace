import {
  type AssetOptions,
  type AssetSensorOptions,
  asset,
  columns,
  dailyPartitions,
  type FileSensorOptions,
  ioManager,
  notNull,
  type PostgresNotifySensorOptions,
  type Row,
  type RunStatusSensorOptions,
  resource,
  type ScheduleOptions,
  type SensorOptions,
  type SourceOptions,
  type SqlAssetOptions,
  type SqlRelation,
  self,
  source,
  sql,
  sqlAsset,
  stream,
  type WebhookOptions,
} from "millrace";
import { describe, expectTypeOf, test } from "vitest";
import type { optionNames } from "../../src/model/optionNames.ts";

interface Reading {
  city: string;
  observedAt: Date;
  celsius: number;
}

interface StationApi {
  readings(options: { signal: AbortSignal }): Promise<Reading[]>;
}

const stationApi = resource("stationApi", {
  open: async (): Promise<StationApi> => ({ readings: async () => [] }),
  close: api => expectTypeOf(api).toEqualTypeOf<StationApi>(),
});

const daily = dailyPartitions({ start: "2026-01-01", timezone: "UTC" });

const dailyReadings = asset("weather/daily_readings", {
  description: "One row per station and hour.",
  resources: { stationApi },
  materialize: async (_, { resources, signal }) => resources.stationApi.readings({ signal }),
});

const dailyCityAverages = asset("weather/daily_city_averages", {
  inputs: { dailyReadings },
  columns: columns({ city: "text", day: "date", celsius: "double precision" }),
  checks: [notNull("city"), { name: "plausible", blocking: true, sql: "celsius between -60 and 60" }],
  materialize: ({ dailyReadings }) => averageByCity(dailyReadings),
});

function averageByCity(readings: Reading[]): { city: string; day: string; celsius: number }[] {
  return readings.map(({ city, celsius, observedAt }) => ({ city, celsius, day: observedAt.toISOString() }));
}

describe("types flow from what an asset returns to what its consumers receive", () => {
  test("a promise of rows arrives as rows", () => {
    asset("consumer", {
      inputs: { dailyReadings, dailyCityAverages },
      materialize: inputs => {
        expectTypeOf(inputs.dailyReadings).toEqualTypeOf<Reading[]>();
        expectTypeOf(inputs.dailyCityAverages).toEqualTypeOf<
          { city: string; day: string; celsius: number }[]
        >();
      },
    });
  });

  test("rows of generators and other iterables arrive as an array", () => {
    const fromAsyncGenerator = asset("a", {
      inputs: { dailyReadings },
      materialize: async function* ({ dailyReadings }) {
        for (const { city } of dailyReadings) yield { city };
      },
    });
    const fromGenerator = asset("b", {
      materialize: function* () {
        yield { at: 1n };
      },
    });
    const fromPromiseOfIterable = asset("c", {
      materialize: async (): Promise<Iterable<{ on: boolean }>> => [],
    });
    asset("consumer", {
      inputs: { fromAsyncGenerator, fromGenerator, fromPromiseOfIterable },
      materialize: inputs => {
        expectTypeOf(inputs.fromAsyncGenerator).toEqualTypeOf<{ city: string }[]>();
        expectTypeOf(inputs.fromGenerator).toEqualTypeOf<{ at: bigint }[]>();
        expectTypeOf(inputs.fromPromiseOfIterable).toEqualTypeOf<{ on: boolean }[]>();
      },
    });
  });

  test("stream(input) gives an AsyncIterable of the rows", () => {
    asset("consumer", {
      inputs: { readings: stream(dailyReadings), stations: stream(source<{ id: number }>("raw.stations")) },
      materialize: async function* ({ readings, stations }) {
        expectTypeOf(readings).toEqualTypeOf<AsyncIterable<Reading>>();
        expectTypeOf(stations).toEqualTypeOf<AsyncIterable<{ id: number }>>();
        for await (const { city } of readings) yield { city };
      },
    });
  });

  test("a source gives the rows it is said to have", () => {
    asset("consumer", {
      inputs: { typed: source<{ id: number }>("raw.stations"), untyped: source("raw.orders") },
      materialize: inputs => {
        expectTypeOf(inputs.typed).toEqualTypeOf<{ id: number }[]>();
        expectTypeOf(inputs.untyped).toEqualTypeOf<Row[]>();
      },
    });
  });

  test("what is not rows arrives as it is", () => {
    const io = ioManager({ store: () => {}, load: () => null });
    const model = asset("model", { io, materialize: async () => ({ slope: 1.5 }) });
    const text = asset("text", { io, materialize: () => "text" });
    const byCity = asset("by_city", { io, materialize: () => new Map([["Oslo", 4]]) });
    asset("consumer", {
      inputs: { model, text, byCity },
      materialize: inputs => {
        expectTypeOf(inputs.model).toEqualTypeOf<{ slope: number }>();
        expectTypeOf(inputs.text).toEqualTypeOf<string>();
        expectTypeOf(inputs.byCity).toEqualTypeOf<Map<string, number>>();
      },
    });
  });

  test("what may be undefined in a row arrives as null", () => {
    const sparse = asset("sparse", { materialize: (): { city: string; note?: string }[] => [] });
    asset("consumer", {
      inputs: { sparse },
      materialize: ({ sparse }) => {
        expectTypeOf(sparse).toEqualTypeOf<{ city: string; note: string | null }[]>();
      },
    });
  });

  test("an asset that returns nothing is read by its declared columns", () => {
    const declared = asset("declared", { columns: columns({ id: "bigint" }), materialize: async () => {} });
    const undeclared = asset("undeclared", { materialize: () => {} });
    asset("consumer", {
      inputs: { declared, undeclared },
      materialize: inputs => {
        expectTypeOf(inputs.declared).toEqualTypeOf<{ id: bigint }[]>();
        expectTypeOf(inputs.undeclared).toEqualTypeOf<Row[]>();
      },
    });
  });

  test("an asset without inputs and resources receives empty ones", () => {
    asset("alone", {
      // @ts-expect-error there is no such input
      materialize: ({ readings }) => readings,
    });
    asset("alone", {
      // @ts-expect-error there is no such resource
      materialize: (_, { resources }) => resources.stationApi,
    });
  });

  test("a wrong input name does not compile", () => {
    asset("consumer", {
      inputs: { dailyReadings },
      // @ts-expect-error the input is called dailyReadings
      materialize: ({ dailyReading }) => dailyReading,
    });
  });

  test("a wrong row field does not compile", () => {
    asset("consumer", {
      inputs: { dailyReadings },
      // @ts-expect-error the field is called celsius
      materialize: ({ dailyReadings }) => dailyReadings.map(reading => reading.fahrenheit),
    });
  });

  test("what is no asset and no source is no input", () => {
    const wrong = () =>
      asset("consumer", {
        // @ts-expect-error a key is not an input
        inputs: { readings: "weather/daily_readings" },
        materialize: () => [],
      });
    expectTypeOf(wrong).toBeFunction();
  });

  test("only rows can be streamed", () => {
    const io = ioManager({ store: () => {}, load: () => null });
    const model = asset("model", { io, materialize: () => ({ slope: 1.5 }) });
    // @ts-expect-error a model is not rows
    stream(model);
  });
});

describe("declared columns type the rows", () => {
  test("rows that do not fit the declared columns do not compile", () => {
    const declared = columns({ city: "text", celsius: "double precision" });
    // @ts-expect-error celsius is a number
    asset("wrong_type", { columns: declared, materialize: () => [{ city: "Oslo", celsius: "4" }] });
    // @ts-expect-error celsius is missing
    asset("missing", { columns: declared, materialize: async () => [{ city: "Oslo" }] });
    asset("generated", {
      columns: declared,
      // @ts-expect-error city is a text
      materialize: async function* () {
        yield { city: 4, celsius: 4 };
      },
    });
    asset("null_fits", { columns: declared, materialize: () => [{ city: "Oslo", celsius: null }] });
  });

  test("consumers receive the declared types, narrowed by what is returned", () => {
    const declared = asset("declared", {
      columns: columns({
        city: "text",
        at: "timestamptz",
        count: "bigint",
        price: "numeric(10, 2)",
        tags: "text[]",
      }),
      materialize: (): {
        city: "Oslo" | "Bergen" | null;
        at: string;
        count: number;
        price: number;
        tags: string[];
      }[] => [],
    });
    asset("consumer", {
      inputs: { declared },
      materialize: ({ declared }) => {
        expectTypeOf(declared).toEqualTypeOf<
          { city: "Oslo" | "Bergen" | null; at: Date; count: bigint; price: string; tags: string[] }[]
        >();
      },
    });
  });

  test("a check with user code is typed by the declared columns", () => {
    asset("checked", {
      columns: columns({
        city: "text",
        day: "date",
        at: "timestamptz",
        id: "bigint",
        on: "boolean",
        facts: "jsonb",
      }),
      checks: [
        notNull("city"),
        {
          name: "typed",
          rows: async rows => {
            for await (const row of rows) {
              expectTypeOf(row).toEqualTypeOf<{
                city: string;
                day: string;
                at: Date;
                id: bigint;
                on: boolean;
                facts: unknown;
              }>();
            }
          },
        },
      ],
      materialize: () => [],
    });
  });

  test("without declared columns a check in the same literal sees any columns", () => {
    asset("checked", {
      checks: [{ name: "any", rows: rows => expectTypeOf(rows).toEqualTypeOf<AsyncIterable<Row>>() && true }],
      materialize: () => [{ city: "Oslo" }],
    });
  });

  test("a check written after the asset is typed by what the asset returns", () => {
    dailyReadings.checks(({ rows, notNull, unique, sql }) => [
      notNull("city"),
      unique(["city", "observedAt"], { blocking: true }),
      sql("plausible", "celsius < 60"),
      { name: "also plausible", sql: "celsius > -60" },
      rows("typed", async readings => {
        expectTypeOf(readings).toEqualTypeOf<AsyncIterable<Reading>>();
        for await (const { celsius } of readings) if (celsius > 60) return "too hot";
      }),
    ]);
    dailyReadings.checks(({ notNull }) => [
      // @ts-expect-error there is no such column
      notNull("town"),
    ]);
    expectTypeOf(dailyReadings.checks(() => [])).toEqualTypeOf(dailyReadings);
  });
});

describe("mappings of partitions", () => {
  const io = ioManager({ store: () => {}, load: () => null });
  const model = asset("model", { partitions: daily, io, materialize: async () => ({ slope: 1.5 }) });
  const readings = asset("readings", { partitions: daily, materialize: async (): Promise<Reading[]> => [] });
  const stations = source<{ id: number }>("raw.stations", { partitions: daily });

  test("rows of several partitions arrive as one array, other values as a record by partition key", () => {
    asset("consumer", {
      inputs: {
        week: readings.window(-6, 0),
        every: readings.all(),
        latest: readings.last(),
        stations: stations.window(-1, 0),
        models: model.window(-6, 0),
        chosen: model.mapping({ keys: ["2026-01-01"] }),
        newest: model.last(),
        model,
        streamed: stream(readings.window(-6, 0)),
        alsoStreamed: stream(readings).window(-6, 0),
      },
      partitions: daily,
      materialize: inputs => {
        expectTypeOf(inputs.week).toEqualTypeOf<Reading[]>();
        expectTypeOf(inputs.every).toEqualTypeOf<Reading[]>();
        expectTypeOf(inputs.latest).toEqualTypeOf<Reading[]>();
        expectTypeOf(inputs.stations).toEqualTypeOf<{ id: number }[]>();
        expectTypeOf(inputs.models).toEqualTypeOf<Readonly<Record<string, { slope: number }>>>();
        expectTypeOf(inputs.chosen).toEqualTypeOf<Readonly<Record<string, { slope: number }>>>();
        expectTypeOf(inputs.newest).toEqualTypeOf<{ slope: number }>();
        expectTypeOf(inputs.model).toEqualTypeOf<{ slope: number }>();
        expectTypeOf(inputs.streamed).toEqualTypeOf<AsyncIterable<Reading>>();
        expectTypeOf(inputs.alsoStreamed).toEqualTypeOf<AsyncIterable<Reading>>();
      },
    });
  });

  test("its own earlier rows have the declared columns", () => {
    asset("total", {
      inputs: { readings, before: self.window(-1, -1), streamed: stream(self.window(-7, -1)) },
      partitions: daily,
      columns: columns({ city: "text", total: "bigint" }),
      materialize: ({ readings, before, streamed }) => {
        expectTypeOf(before).toEqualTypeOf<{ city: string; total: bigint }[]>();
        expectTypeOf(streamed).toEqualTypeOf<AsyncIterable<{ city: string; total: bigint }>>();
        return readings.map(({ city }) => ({ city, total: before[0]?.total ?? 0n }));
      },
    });
    asset("undeclared", {
      inputs: { before: self.window(-1, -1) },
      partitions: daily,
      materialize: ({ before }) => {
        expectTypeOf(before).toEqualTypeOf<Row[]>();
      },
    });
  });

  test("a form that means nothing does not compile", () => {
    const wrong = () => [
      // @ts-expect-error the way is called sameKey
      readings.mapping({ same: true }),
      // @ts-expect-error there is no such way for a dimension
      readings.mapping({ dimensions: { day: { to: "day", same: true } } }),
    ];
    expectTypeOf(wrong).toBeFunction();
  });
});

describe("SQL", () => {
  test("knows the columns of its inputs, and consumers receive the rows it is said to select", () => {
    const declared = sqlAsset("declared", {
      inputs: { dailyReadings },
      columns: columns({ city: "text", hours: "bigint" }),
      sql: ({ dailyReadings }, { partition }) => {
        expectTypeOf(dailyReadings).toEqualTypeOf<SqlRelation<Reading>>();
        expectTypeOf(partition.key).toEqualTypeOf<string>();
        // @ts-expect-error there is no such column
        dailyReadings.column("town");
        return sql`select ${dailyReadings.column("city")}, count(*) as hours from ${dailyReadings} group by city`;
      },
    });
    const said = sqlAsset("said", { sql: () => sql<{ city: string }>`select city from raw.cities` });
    const unsaid = sqlAsset("unsaid", { sql: async () => sql`select city from raw.cities` });
    asset("consumer", {
      inputs: { declared, said, unsaid },
      materialize: inputs => {
        expectTypeOf(inputs.declared).toEqualTypeOf<{ city: string; hours: bigint }[]>();
        expectTypeOf(inputs.said).toEqualTypeOf<{ city: string }[]>();
        expectTypeOf(inputs.unsaid).toEqualTypeOf<Row[]>();
      },
    });
  });

  test("that is a text, or holds an object, does not compile", () => {
    const wrong = () => [
      // @ts-expect-error parameters are told from the text by sql`…`
      sqlAsset("wrong", { sql: () => "select 1" }),
      // @ts-expect-error an object is no value of SQL
      sql`select ${{ city: "Oslo" }}`,
    ];
    expectTypeOf(wrong).toBeFunction();
  });
});

describe("resources and options", () => {
  test("context.resources is typed by what the resources open", () => {
    asset("consumer", {
      resources: { stationApi },
      materialize: (_, { resources, signal }) => {
        expectTypeOf(resources).toEqualTypeOf<{ readonly stationApi: StationApi }>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        // @ts-expect-error the resource is called stationApi
        resources.api;
      },
    });
  });

  test("a misspelt option does not compile", () => {
    // @ts-expect-error the option is called inputs
    const wrong = () => asset("consumer", { input: { dailyReadings }, materialize: () => [] });
    expectTypeOf(wrong).toBeFunction();
  });
});

test("each option has its name among those that are known, and none is known that does not exist", () => {
  type Known = { [Definer in keyof typeof optionNames]: (typeof optionNames)[Definer][number] };
  expectTypeOf<Known["asset"]>().toEqualTypeOf<keyof AssetOptions<never, never, undefined, unknown>>();
  expectTypeOf<Known["sqlAsset"]>().toEqualTypeOf<keyof SqlAssetOptions<never, never, undefined, Row>>();
  expectTypeOf<Known["source"]>().toEqualTypeOf<keyof SourceOptions>();
  expectTypeOf<Known["sensor"]>().toEqualTypeOf<keyof SensorOptions>();
  expectTypeOf<Known["fileSensor"]>().toEqualTypeOf<keyof FileSensorOptions>();
  expectTypeOf<Known["assetSensor"]>().toEqualTypeOf<keyof AssetSensorOptions>();
  expectTypeOf<Known["runStatusSensor"]>().toEqualTypeOf<keyof RunStatusSensorOptions>();
  expectTypeOf<Known["postgresNotifySensor"]>().toEqualTypeOf<keyof PostgresNotifySensorOptions>();
  expectTypeOf<Known["webhook"]>().toEqualTypeOf<keyof WebhookOptions>();
  expectTypeOf<Known["schedule"]>().toEqualTypeOf<keyof ScheduleOptions>();
});
