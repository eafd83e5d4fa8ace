import type { AssetGraph, AssetKind } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { AssetState } from "../../src/model/assetState.ts";
import { stateMarks } from "../../src/model/stateWords.ts";
import type { LineageView } from "../../src/protocol/lineage.ts";
import { expectList, expectOneOf, expectRecord, expectText } from "../shared/expect.ts";

/** The view behind a door that lets only well-formed messages in; the sender hears what was wrong. */
export function guardMessages(view: LineageView): LineageView {
  return {
    show: graph => view.show(expectGraph(graph)),
    showStates: states => view.showStates(expectStates(states)),
    select: asset => view.select(asset === null ? null : (expectText(asset, "select: asset") as AssetKey)),
    showEmpty: (cause, action) =>
      view.showEmpty(
        expectText(cause, "showEmpty: cause"),
        action === null ? null : expectText(action, "showEmpty: action"),
      ),
  };
}

const kinds: readonly AssetKind[] = ["typescript", "dbt", "source", "exposure"];

function expectGraph(value: unknown): AssetGraph {
  const graph = expectRecord(value, "show: graph");
  for (const [at, asset] of expectList(graph.assets, "show: assets").entries()) {
    const { key, kind, group } = expectRecord(asset, `show: asset ${at}`);
    expectText(key, `show: asset ${at}: key`);
    expectText(group, `show: asset ${at}: group`);
    expectOneOf(kind, kinds, `show: asset ${at}: kind`);
  }
  for (const [at, edge] of expectList(graph.edges, "show: edges").entries()) {
    const { from, to, kind } = expectRecord(edge, `show: edge ${at}`);
    expectText(from, `show: edge ${at}: from`);
    expectText(to, `show: edge ${at}: to`);
    expectOneOf(kind, ["input", "dep"], `show: edge ${at}: kind`);
  }
  return value as AssetGraph;
}

function expectStates(value: unknown): AssetState[] {
  for (const [at, state] of expectList(value, "showStates: states").entries()) {
    const { asset, state: name, parts } = expectRecord(state, `showStates: state ${at}`);
    expectText(asset, `showStates: state ${at}: asset`);
    expectOneOf(name, Object.keys(stateMarks), `showStates: state ${at}: state`);
    if (parts === undefined) continue;
    for (const part of expectList(parts, `showStates: state ${at}: parts`)) {
      const { state: partName, count } = expectRecord(part, `showStates: state ${at}: part`);
      expectOneOf(partName, Object.keys(stateMarks), `showStates: state ${at}: part: state`);
      if (typeof count !== "number" || !(count >= 0)) {
        throw new TypeError(`showStates: state ${at}: part: count is ${String(count)}; send a number.`);
      }
    }
  }
  return value as AssetState[];
}
