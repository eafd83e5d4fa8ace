import type { AssetKey } from "../../src/model/assetKey.ts";
import type { BackfillPlan, BackfillSummary, PartitionStateRange } from "../../src/model/backfillState.ts";
import { contains, indexesOf } from "../../src/model/partitionSet.ts";
import { partitionsAt } from "../../src/model/partitions.ts";
import { selectPartitions } from "../../src/model/selectPartitions.ts";
import { connect } from "../../src/protocol/channel.ts";
import type {
  BackfillRequest,
  PartitionMatrix,
  PartitionRow,
  PartitionsHost,
  PartitionsView,
} from "../../src/protocol/partitions.ts";
import { fakeEditor } from "./fakeEditor.ts";
import { largePartitions, weatherPartitions } from "./partitionSamples.ts";

/** The partitions picture with a host that plans and repairs by itself. */
const { port, sample, tell } = fakeEditor("partitions", "weather");
const samples: Record<string, () => PartitionMatrix> = {
  weather: () => weatherPartitions(Date.now()),
  "100000": () => largePartitions(1, Date.now()),
  wide: () => largePartitions(50, Date.now()),
};
const matrix = samples[sample]?.();
const backfills: BackfillSummary[] = [];

const view = connect<PartitionsHost, PartitionsView>(port, {
  ready() {
    if (!matrix) return void view.showEmpty("No folder is open.", "Open folder");
    void view.show(matrix);
  },
  details: async (asset, partition) => {
    const state = stateOf(asset, partition);
    const isThere = state === "materialized" || state === "stale";
    const message = 'column "city" is null in row 812';
    return {
      materializedAt: isThere ? new Date(Date.now() - 7_200_000).toISOString() : null,
      rows: isThere ? 1204 : null,
      durationMs: isThere ? 840 : null,
      runId: state === "missing" ? null : "run-41",
      error:
        state === "failed" ? { message, file: "assets/phase3.ts", line: 41, column: 3, stack: null } : null,
      reason: state === "stale" ? "raw_weather_data is newer" : null,
    };
  },
  plan: async request => planOf(request),
  async launch(request) {
    tell(`launch ${request.selection} ${request.partitions ?? ""}`);
    return { backfillId: start(request) };
  },
  async act(id, action) {
    tell(`${action} ${id}`);
    const status = ({ pause: "paused", resume: "running", cancel: "canceled", retry: "running" } as const)[
      action
    ];
    change(id, { status, endedAt: action === "cancel" ? new Date().toISOString() : null });
  },
  openRun: runId => tell(`open the run ${runId}`),
  openSource: asset => tell(`open the source of ${asset}`),
  takeAction: () => tell("take the action that was offered"),
});

await import("../partitions/main.ts");

function targetsOf({ selection, partitions, only }: BackfillRequest) {
  const names = selection.split(" or ").map(it => it.replace(/^key:"(.*)"$/, "$1"));
  return (matrix?.rows ?? [])
    .filter(it => names.includes(it.asset))
    .map(row => {
      const all = partitionsAt(row.definition, momentOf(matrix as PartitionMatrix));
      const selected = selectPartitions(partitions ?? `${all.keyAt(0)}...${all.keyAt(all.count - 1)}`, all);
      if ("error" in selected) throw new Error(selected.error);
      const counts = { missing: 0, failed: 0, stale: 0, done: 0 };
      const indexes: number[] = [];
      for (const index of indexesOf(selected.set)) {
        const state = stateAt(row.ranges, index);
        const kind = state === "missing" || state === "failed" || state === "stale" ? state : "done";
        if (only.length > 0 && (kind === "done" || !only.includes(kind))) continue;
        counts[kind]++;
        indexes.push(index);
      }
      return { row, counts, indexes };
    });
}

function planOf(request: BackfillRequest): BackfillPlan {
  const targets = targetsOf(request);
  const runs = targets.reduce((sum, it) => sum + it.indexes.length, 0);
  return {
    targets: targets.map(({ row, counts, indexes }) => ({
      asset: row.asset,
      ranges: indexes.map(first => ({ first, last: first })),
      partitions: "",
      ...counts,
    })),
    runs,
    estimatedMs: runs * 240,
    notes: [],
  };
}

/** Some partitions a second, of which few fail. */
function start(request: BackfillRequest): string {
  const id = `backfill-${backfills.length + 1}`;
  const targets = targetsOf(request);
  backfills.unshift({
    id,
    status: "running",
    environment: "dev",
    selection: request.selection,
    partitions: request.partitions ?? "all",
    requestedBy: request.requestedBy,
    createdAt: new Date().toISOString(),
    endedAt: null,
    progress: targets.map(({ row, indexes }) => ({
      asset: row.asset,
      targeted: indexes.length,
      materialized: 0,
      running: 0,
      failed: 0,
      skipped: 0,
    })),
    failures: [],
    error: null,
  });
  void view.showBackfills(backfills);
  const timer = setInterval(() => {
    const backfill = backfills.find(it => it.id === id);
    if (backfill?.status !== "running") return;
    const changed: Pick<PartitionRow, "asset" | "ranges">[] = [];
    const progress = backfill.progress.map((own, at) => {
      const { row, indexes } = targets[at] as (typeof targets)[number];
      const done = own.materialized + own.failed;
      const step = indexes.slice(done, done + 2);
      if (step.length === 0) return { ...own, running: 0 };
      for (const index of step)
        row.ranges = withState(row.ranges, index, index % 23 === 5 ? "failed" : "materialized");
      const next = indexes.slice(done + 2, done + 4);
      for (const index of next) row.ranges = withState(row.ranges, index, "running");
      changed.push({ asset: row.asset, ranges: row.ranges });
      const failed = step.filter(it => it % 23 === 5).length;
      return {
        ...own,
        failed: own.failed + failed,
        materialized: own.materialized + step.length - failed,
        running: next.length,
      };
    });
    const isEnded = progress.every(it => it.materialized + it.failed === it.targeted);
    if (isEnded) clearInterval(timer);
    void view.update(changed);
    change(id, {
      progress,
      status: isEnded ? (progress.some(it => it.failed > 0) ? "failed" : "succeeded") : "running",
      endedAt: isEnded ? new Date().toISOString() : null,
    });
  }, 60);
  return id;
}

function change(id: string, parts: Partial<BackfillSummary>): void {
  const at = backfills.findIndex(it => it.id === id);
  const known = backfills[at];
  if (known) backfills[at] = { ...known, ...parts };
  void view.showBackfills(backfills);
}

function withState(
  ranges: readonly PartitionStateRange[],
  index: number,
  state: PartitionStateRange["state"],
): PartitionStateRange[] {
  const cut = ranges.flatMap(it => {
    if (!contains({ ranges: [{ from: it.first, to: it.last + 1 }], count: 1 }, index)) return [it];
    return [
      { ...it, last: index - 1 },
      { ...it, first: index + 1 },
    ].filter(part => part.first <= part.last);
  });
  const sorted = [...cut, { first: index, last: index, state }].sort((a, b) => a.first - b.first);
  const merged: PartitionStateRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last?.state === range.state && last.last + 1 === range.first) {
      merged[merged.length - 1] = { ...last, last: range.last };
    } else merged.push(range);
  }
  return merged;
}

function stateOf(asset: AssetKey, partition: string) {
  const row = matrix?.rows.find(it => it.asset === asset);
  if (!row || !matrix) return "missing";
  const index = partitionsAt(row.definition, momentOf(matrix)).indexOf(partition);
  return index === null ? "missing" : stateAt(row.ranges, index);
}

function stateAt(ranges: readonly PartitionStateRange[], index: number) {
  return ranges.find(it => it.first <= index && index <= it.last)?.state ?? "missing";
}

function momentOf({ now, dynamicKeys = {} }: PartitionMatrix) {
  return { now, dynamicKeys: (name: string) => dynamicKeys[name] ?? [] };
}
