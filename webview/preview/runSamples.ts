import type { AssetKey } from "../../src/model/assetKey.ts";
import type { LogLine, RunStatus, RunSummary, StepDetails, StepSummary } from "../../src/model/run.ts";
import type { BackfillName } from "../../src/protocol/runs.ts";
import { seededChance } from "./chance.ts";

/** Runs with what is known of their steps, to be looked at. */
export interface RunSample {
  readonly runs: RunSummary[];
  readonly backfills: BackfillName[];
  readonly details: ReadonlyMap<string, StepDetails[]>;
}

interface StepSketch {
  readonly asset: string;
  readonly after?: readonly number[];
  /** Seconds since the run began: of a step that never began neither, of one that goes on the first. */
  readonly from?: number;
  readonly to?: number;
  readonly status?: StepSummary["status"];
  readonly rows?: number;
  readonly reason?: string;
  readonly error?: string;
  readonly attempt?: number;
  readonly checks?: StepDetails["checks"];
  readonly partitions?: readonly string[];
}

interface RunSketch {
  readonly id: number;
  readonly selection: string;
  readonly status: RunStatus;
  /** Seconds ago. */
  readonly created: number;
  /** Seconds that it waited, and then worked; null: not yet. */
  readonly waited: number | null;
  readonly took: number | null;
  readonly by?: string;
  readonly backfill?: string;
  readonly reason?: string;
  readonly steps: readonly StepSketch[];
}

/** A morning in which every state occurs, some minutes before `now`. */
export function weatherRuns(now: number): RunSample {
  const fine = (name: string): StepDetails["checks"][number] => ({
    name,
    passed: true,
    blocking: true,
    severity: "error",
    failedRows: 0,
    message: null,
  });
  const pipeline: StepSketch[] = [
    { asset: "raw_weather_data", from: 0, to: 3.1, rows: 4810 },
    {
      asset: "cleaned_weather_data",
      after: [0],
      from: 3.15,
      to: 4.4,
      rows: 4788,
      checks: [fine("notNull(city)")],
    },
    {
      asset: "validated_readings",
      after: [1],
      from: 4.45,
      to: 5.2,
      status: "failed",
      attempt: 2,
      error:
        'column "city" is null in row 812 of 4,788\nFix the source row or relax the check notNull("city").',
      checks: [
        { ...fine("notNull(city)"), passed: false, failedRows: 3 },
        { ...fine("plausible"), severity: "warning", blocking: false },
      ],
    },
    { asset: "stg_readings", after: [0], from: 3.2, to: 9.8, rows: 4810 },
    { asset: "fct_station_hours", after: [3], from: 9.9, to: 12.4, rows: 96_200 },
    { asset: "city_aggregates", after: [2], status: "skipped", reason: "validated_readings failed" },
    { asset: "station_coverage", after: [2, 4], status: "skipped", reason: "validated_readings failed" },
  ];
  const whole = pipeline.map(it =>
    it.status === undefined
      ? it
      : {
          asset: it.asset,
          from: 5 + (it.after?.[0] ?? 0),
          to: 6.4 + (it.after?.[0] ?? 0),
          rows: 412,
          after: it.after ?? [],
        },
  );
  const one = (asset: string, rows: number, to: number): StepSketch[] => [{ asset, from: 0.05, to, rows }];
  const sketches: RunSketch[] = [
    ...[55, 40, 25].map(
      (minutes, at): RunSketch => ({
        id: 11 + at,
        selection: "+station_coverage",
        status: "succeeded",
        created: minutes * 60,
        waited: 1,
        took: 14,
        by: "every_15_minutes",
        steps: whole,
      }),
    ),
    {
      id: 14,
      selection: "+station_coverage",
      status: "failed",
      created: 600,
      waited: 2,
      took: 12.5,
      by: "every_15_minutes",
      steps: pipeline,
    },
    {
      id: 15,
      selection: "city_aggregates",
      status: "succeeded",
      created: 1900,
      waited: 0.2,
      took: 71,
      steps: one("city_aggregates", 412, 71),
    },
    {
      id: 16,
      selection: "city_aggregates",
      status: "canceled",
      created: 1500,
      waited: 0.3,
      took: 44,
      steps: [{ asset: "city_aggregates", from: 0, to: 44, status: "canceled" }],
    },
    {
      id: 17,
      selection: "currency_rates",
      status: "succeeded",
      created: 1300,
      waited: 180,
      took: 120,
      by: "new_rates",
      steps: one("currency_rates", 31, 120),
    },
    {
      id: 18,
      selection: "dim_station",
      status: "canceled",
      created: 1000,
      waited: null,
      took: 90,
      steps: [{ asset: "dim_station", status: "canceled" }],
    },
    {
      id: 90,
      selection: "+weather/daily_city_averages",
      status: "running",
      created: 75,
      waited: 12,
      took: null,
      steps: [
        { asset: "weather/daily_readings", from: 0, to: 21, rows: 18_400 },
        { asset: "weather/hourly_radar", from: 0, to: 9.5, rows: 1210 },
        { asset: "weather/daily_city_averages", after: [0], from: 21.2, status: "running" },
        { asset: "forecast/skill", after: [1], from: 10, status: "running", attempt: 2 },
        { asset: "forecast/report", after: [2, 3], status: "queued" },
      ],
    },
    {
      id: 91,
      selection: "weather/daily_readings",
      status: "queued",
      created: 40,
      waited: null,
      took: null,
      reason: "waits for run 90, which writes weather/daily_readings",
      steps: [{ asset: "weather/daily_readings", status: "queued" }],
    },
  ];
  const days = Array.from({ length: 60 }, (_, at): RunSketch => {
    const slot = Math.floor(at / 3);
    const isFailed = at === 23 || at === 24;
    const isOpen = at >= 57;
    return {
      id: 20 + at,
      selection: `weather/daily_readings`,
      status: isFailed ? "failed" : isOpen ? (at === 59 ? "queued" : "running") : "succeeded",
      created: 660 - slot * 31 - (at % 3),
      waited: at === 59 ? null : 2 + (at % 3) * 3,
      took: isOpen ? null : 24 - (at % 5),
      backfill: "3",
      steps: [
        {
          asset: "weather/daily_readings",
          partitions: [`2026-01-${String((at % 30) + 1).padStart(2, "0")}`],
          ...(at === 59 ? { status: "queued" as const } : { from: 0.1 }),
          ...(isOpen
            ? at === 59
              ? {}
              : { status: "running" as const }
            : { to: 23 - (at % 5), rows: 600 + at }),
          ...(isFailed ? { status: "failed" as const, error: "the file of the day is empty" } : {}),
        },
      ],
    };
  });
  const backfills = [
    { id: "3", selection: "weather/daily_readings", partitions: "2026-01-01 … 2026-03-01 (60)" },
  ];
  return sampleOf([...sketches, ...days], backfills, now);
}

/** So many runs of some days, of backfills and of people, always the same. */
export function largeRuns(count: number, now: number): RunSample {
  const chance = seededChance(count);
  const assets = Array.from(
    { length: 40 },
    (_, at) => `domain_${at % 6}/table_${String(at).padStart(2, "0")}`,
  );
  const sketches = Array.from({ length: count }, (_, at): RunSketch => {
    const asset = assets[Math.floor(chance() ** 2 * assets.length)] as string;
    const isOfBackfill = at % 3 === 0;
    const created = isOfBackfill ? 3600 * (1 + (at % 4) * 9) - at * 1.2 : chance() * 5 * 24 * 3600;
    const failed = chance() < 0.06;
    const isOpen = created > 0 && created < 40;
    const took = 2 + chance() ** 3 * 900;
    return {
      id: at + 1,
      selection: isOfBackfill ? "group:weather" : asset,
      status: isOpen ? "running" : failed ? "failed" : chance() < 0.03 ? "canceled" : "succeeded",
      created: Math.max(1, created),
      waited: chance() * 30,
      took: isOpen ? null : Math.min(took, Math.max(1, created)),
      by: ["click", "command line", "hourly", "new_files"][at % 4] as string,
      ...(isOfBackfill ? { backfill: String((at % 4) + 1) } : {}),
      steps: [
        {
          asset,
          from: 0,
          ...(isOpen ? { status: "running" as const } : { to: took, rows: Math.floor(chance() * 10_000) }),
          ...(failed && !isOpen ? { status: "failed" as const, error: "no luck" } : {}),
        },
      ],
    };
  });
  const backfills = [1, 2, 3, 4].map(id => ({
    id: String(id),
    selection: "group:weather",
    partitions: `2026-0${id}-01 … 2026-0${id}-28 (${Math.ceil(count / 12)})`,
  }));
  return sampleOf(sketches, backfills, now);
}

/** One run of many steps in layers. */
export function wideRun(count: number, now: number): RunSample {
  const chance = seededChance(count);
  const ends: number[] = [];
  const steps = Array.from({ length: count }, (_, at): StepSketch => {
    const after = at < 8 ? [] : [at - 1 - Math.floor(chance() * 8), at - 1 - Math.floor(chance() * 8)];
    const from = Math.max(0, ...after.map(it => ends[it] ?? 0)) + 0.02;
    const to = from + 0.2 + chance() ** 4 * 20;
    ends[at] = to;
    return {
      asset: `model_${String(at).padStart(3, "0")}`,
      after: [...new Set(after)],
      from,
      to,
      rows: at * 17,
    };
  });
  const took = Math.max(...ends);
  return sampleOf(
    [{ id: 1, selection: "*", status: "succeeded", created: took + 60, waited: 1, took, steps }],
    [],
    now,
  );
}

function sampleOf(sketches: readonly RunSketch[], backfills: BackfillName[], now: number): RunSample {
  const details = new Map<string, StepDetails[]>();
  const runs = sketches.map(sketch => {
    const id = String(sketch.id);
    const stepId = (at: number) => `${id}.${at}`;
    details.set(
      id,
      sketch.steps.map(({ after = [], attempt, from, checks = [] }, at) => ({
        id: stepId(at),
        attempt: attempt ?? (from === undefined ? 0 : 1),
        dependsOn: after.map(stepId),
        checks,
      })),
    );
    return runOf(sketch, stepId, now);
  });
  return { runs: runs.sort((a, b) => Number(b.id) - Number(a.id)), backfills, details };
}

function runOf(sketch: RunSketch, stepId: (at: number) => string, now: number): RunSummary {
  const { created, waited, took, status } = sketch;
  const begin = now - created * 1000 + (waited ?? 0) * 1000;
  const iso = (instant: number) => new Date(Math.min(instant, now)).toISOString();
  return {
    id: String(sketch.id),
    status,
    environment: "dev",
    selection: sketch.selection,
    requestedBy: sketch.by ?? "click",
    backfillId: sketch.backfill ?? null,
    createdAt: iso(now - created * 1000),
    startedAt: waited === null ? null : iso(begin),
    endedAt: took === null ? null : iso(begin + took * 1000),
    steps: sketch.steps.map((step, at) => stepOf(step, stepId(at), begin, iso)),
    reason: sketch.reason ?? null,
    error: null,
  };
}

function stepOf(
  { asset, from, to, status, rows, reason, error, partitions }: StepSketch,
  id: string,
  begin: number,
  iso: (instant: number) => string,
): StepSummary {
  const isOver = from !== undefined && to !== undefined;
  return {
    id,
    assets: [asset as AssetKey],
    partitions: partitions ?? null,
    status: status ?? "succeeded",
    rows: rows ?? null,
    startedAt: from === undefined ? null : iso(begin + from * 1000),
    endedAt: isOver ? iso(begin + to * 1000) : null,
    durationMs: isOver ? Math.round((to - from) * 1000) : null,
    error:
      error === undefined
        ? null
        : { message: error, file: "assets/phase3Partitions.ts", line: 41, column: 3, stack: null },
    reason: reason ?? null,
  };
}

/** What the steps of a run have said, some lines for each. */
export function logOf(run: RunSummary): LogLine[] {
  const lines = run.steps.flatMap(({ startedAt, endedAt, assets, rows, error }) => {
    if (startedAt === null) return [];
    const asset = assets[0] as AssetKey;
    const begin = Date.parse(startedAt);
    const at = (ms: number) => new Date(begin + ms).toISOString();
    const line = (ms: number, level: LogLine["level"], message: string): LogLine => ({
      at: at(ms),
      level,
      asset,
      message,
    });
    return [
      line(5, "info", `Reading what ${asset} needs`),
      line(12, "debug", "select * from upstream where slice = $1"),
      line(40, "info", "\u001b[32m12 of 31 stations\u001b[0m answered"),
      line(80, "warn", "station 0482 answers slowly (2.1 s)"),
      ...(error
        ? [line(120, "error", `${error.message}\n    at materialize (${error.file}:${error.line}:3)`)]
        : []),
      ...(endedAt && rows !== null ? [line(130, "info", `${rows} rows stored`)] : []),
    ];
  });
  return lines.sort((a, b) => a.at.localeCompare(b.at));
}
