import type { AssetKey } from "../../src/model/assetKey.ts";
import type { PreviewCell, PreviewColumn } from "../../src/model/rowsPreview.ts";
import { connect } from "../../src/protocol/channel.ts";
import type { RowsHost, RowsView, ShownRows } from "../../src/protocol/rows.ts";
import { seededChance } from "./chance.ts";
import { fakeEditor } from "./fakeEditor.ts";

/** The rows picture with its host, and a sample to show. */
const { port, sample, tell } = fakeEditor("rows", "weather");
const view = connect<RowsHost, RowsView>(port, {
  ready: show,
  refresh() {
    tell("read the rows again");
    show();
  },
  openSource: () => tell("open the source"),
  choosePartition: () => tell("choose a partition"),
  takeAction: () => tell("take the action that was offered"),
});

await import("../rows/main.ts");

function show() {
  const rows = sample === "weather" ? readings() : sample === "wide" ? wide() : null;
  if (rows) void view.show(rows);
  else {
    const cause =
      "The table analytics.daily_weather_summary does not exist. Materialize it first: millrace materialize daily_weather_summary.";
    void view.showEmpty(cause, "Materialize");
  }
}

function readings(): ShownRows {
  const random = seededChance(7);
  const cities = ["Bergen", "Lima", "Nairobi", "Oslo", "Québec"];
  const rows = Array.from({ length: 100 }, (_, at): PreviewCell[] => {
    const hour = new Date(Date.UTC(2026, 0, 1, at)).toISOString();
    const celsius = Math.round((random() * 40 - 10) * 10) / 10;
    return [
      at + 1,
      cities[at % cities.length] ?? "",
      hour,
      at % 17 === 5 ? null : celsius,
      celsius > 20,
      at % 9 === 0 ? '{"quality":"suspicious","of":["humidity","wind"],"since":"2026-01-01"}' : null,
    ];
  });
  return {
    asset: "weather/readings" as AssetKey,
    subtitle: "dbt model, incremental, analytics.readings · One row per station and hour",
    partition: null,
    hasPartitions: true,
    isCut: true,
    columns: [
      column("id", "number", "bigint", null),
      column("city", "text", "text", "Where the station stands."),
      column("observed_at", "time", "timestamp with time zone", "When the station measured."),
      column("celsius", "number", "double precision", null),
      column("is_warm", "boolean", "boolean", null),
      column("notes", "other", "jsonb", null),
    ],
    rows,
  };
}

function wide(): ShownRows {
  const columns = Array.from({ length: 30 }, (_, at) => column(`measure_${at + 1}`, "number", null, null));
  const random = seededChance(3);
  const rows = Array.from({ length: 100 }, () => columns.map(() => Math.round(random() * 1e6) / 100));
  const asset = "weather/measures" as AssetKey;
  return {
    asset,
    subtitle: "typescript",
    partition: null,
    hasPartitions: false,
    isCut: false,
    columns,
    rows,
  };
}

function column(
  name: string,
  kind: PreviewColumn["kind"],
  type: string | null,
  description: string | null,
): PreviewColumn {
  return { name, kind, type, description };
}
