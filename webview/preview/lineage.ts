import type { AssetKey } from "../../src/model/assetKey.ts";
import type { AssetState, AssetStateName } from "../../src/model/assetState.ts";
import { connect } from "../../src/protocol/channel.ts";
import type { LineageHost, LineageView } from "../../src/protocol/lineage.ts";
import { fakeEditor } from "./fakeEditor.ts";
import { chainSample, largeSample, mixedSample, type Sample } from "./samples.ts";

/** The lineage picture with its host, and a sample to show. */
const { port, sample: sampleName, tell } = fakeEditor("lineage", "mixed");
const samples: Record<string, () => Sample> = {
  mixed: () => mixedSample(Date.now()),
  "1000": () => largeSample(1_000, Date.now()),
  "5000": () => largeSample(5_000, Date.now()),
  "10000": () => largeSample(10_000, Date.now()),
  chain: () => chainSample(5_000),
};

const view = connect<LineageHost, LineageView>(port, {
  ready() {
    const sample = samples[sampleName]?.();
    if (!sample) void view.showEmpty("No folder is open.", "Open folder");
    else {
      void view.show(sample.graph);
      void view.showStates(sample.states);
    }
  },
  choose: () => {},
  showDetails: asset => tell(`show the details of ${asset}`),
  showSource: asset => tell(`show the source of ${asset}`),
  openSource: asset => tell(`open the source of ${asset}`),
  materialize(asset, withUpstream) {
    tell(`materialize ${asset}${withUpstream ? " with upstream" : ""}`);
    void view.showStates([stateNow(asset, "running")]);
    setTimeout(() => void view.showStates([stateNow(asset, "materialized")]), 4000);
  },
  takeAction: () => tell("take the action that was offered"),
});

await import("../lineage/main.ts");

function stateNow(asset: AssetKey, state: AssetStateName): AssetState {
  const now = new Date().toISOString();
  const rows = state === "materialized" ? 1204 : null;
  return {
    asset,
    state,
    materializedAt: now,
    rows,
    durationMs: null,
    since: now,
    reason: null,
    error: null,
    runId: null,
  };
}
