import type { AssetKey } from "../../src/model/assetKey.ts";
import type { LogLine, RunSummary } from "../../src/model/run.ts";
import { connect } from "../../src/protocol/channel.ts";
import type { RunsHost, RunsView } from "../../src/protocol/runs.ts";
import { fakeEditor } from "./fakeEditor.ts";
import { largeRuns, logOf, type RunSample, weatherRuns, wideRun } from "./runSamples.ts";

/** The runs picture with a host that runs by itself. */
const { port, sample: sampleName, tell } = fakeEditor("runs", "weather");
const samples: Record<string, () => RunSample> = {
  weather: () => weatherRuns(Date.now()),
  "2000": () => largeRuns(2_000, Date.now()),
  steps: () => wideRun(400, Date.now()),
  none: () => ({ runs: [], backfills: [], details: new Map() }),
};
const sample = samples[sampleName]?.();
const runs = new Map(sample?.runs.map(it => [it.id, it]));
let lookedAt: string | null = null;

const view = connect<RunsHost, RunsView>(port, {
  ready() {
    if (!sample) return void view.showEmpty("No folder is open.", "Open folder");
    void view.show([...runs.values()], sample.backfills);
  },
  look(runId) {
    lookedAt = runId;
    if (runId !== null) tellDetails(runId);
  },
  async cancel(runId) {
    tell(`cancel run ${runId}`);
    end(runId, "canceled");
  },
  async retry(runId, scope) {
    tell(`retry ${scope === "all" ? "all" : "what is left"} of run ${runId}`);
    return { runId: startAgain(runId) };
  },
  materialize: asset => tell(`materialize ${asset}`),
  copy: async runId => tell(`copy ${runId}`),
  openSource: asset => tell(`open the source of ${asset}`),
  openError: (runId, stepId) => tell(`open where step ${stepId} of run ${runId} failed`),
  openLog: runId => tell(`open the log of run ${runId}`),
  takeAction: () => tell("take the action that was offered"),
});

await import("../runs/main.ts");

function tellDetails(runId: string): void {
  const run = runs.get(runId);
  if (run) void view.showDetails(runId, sample?.details.get(runId) ?? [], logOf(run));
}

/** A copy that works for some seconds, and says so. */
function startAgain(of: string): string {
  const id = String(Math.max(...[...runs.keys()].map(Number)) + 1);
  const old = runs.get(of) as RunSummary;
  const now = new Date().toISOString();
  const steps = old.steps.map(it => ({
    ...it,
    status: "running" as const,
    startedAt: now,
    endedAt: null,
    rows: null,
    durationMs: null,
    error: null,
    reason: null,
  }));
  change({
    ...old,
    id,
    status: "running",
    createdAt: now,
    startedAt: now,
    endedAt: null,
    backfillId: null,
    steps,
  });
  let said = 0;
  const timer = setInterval(() => {
    said += 1;
    const asset = (steps[said % steps.length]?.assets[0] ?? null) as AssetKey | null;
    const line: LogLine = { at: new Date().toISOString(), level: "info", asset, message: `line ${said}` };
    if (lookedAt === id) void view.appendLog(id, [line]);
    if (said < 20) return;
    clearInterval(timer);
    end(id, "succeeded");
  }, 200);
  return id;
}

function end(runId: string, status: "succeeded" | "canceled"): void {
  const run = runs.get(runId);
  if (!run || run.endedAt !== null) return;
  const now = new Date().toISOString();
  const steps = run.steps.map(it =>
    it.endedAt === null ? { ...it, status, endedAt: now, durationMs: 4000 } : it,
  );
  change({ ...run, status, endedAt: now, steps });
}

function change(run: RunSummary): void {
  runs.set(run.id, run);
  void view.update([run], []);
}
