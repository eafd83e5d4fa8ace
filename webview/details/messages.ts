import type { AssetKind } from "../../src/model/assetGraph.ts";
import { stateMarks } from "../../src/model/stateWords.ts";
import type { DetailsView } from "../../src/protocol/details.ts";
import { expectCount, expectList, expectOneOf, expectRecord, expectText } from "../shared/expect.ts";

/** The view behind a door that lets only well-formed messages in; the sender hears what was wrong. */
export function guardMessages(view: DetailsView): DetailsView {
  return {
    show(details, surroundings) {
      expectDetails(details);
      const { root, notice } = expectRecord(surroundings, "show: surroundings");
      expectText(root, "show: root");
      if (notice !== null) expectText(notice, "show: notice");
      view.show(details, surroundings);
    },
    showSql(asset, sql) {
      expectText(asset, "showSql: asset");
      if (sql !== null) {
        const { text, error } = expectRecord(sql, "showSql: sql");
        for (const words of [text, error]) if (words !== null) expectText(words, "showSql: text");
      }
      view.showSql(asset, sql);
    },
    showRunning(checks) {
      for (const check of expectList(checks, "showRunning: checks")) expectText(check, "showRunning: check");
      view.showRunning(checks);
    },
    showEmpty(cause, action) {
      expectText(cause, "showEmpty: cause");
      if (action !== null) expectText(action, "showEmpty: action");
      view.showEmpty(cause, action);
    },
  };
}

const kinds: readonly AssetKind[] = ["typescript", "dbt", "source", "exposure"];
const states = Object.keys(stateMarks);
const statuses = ["passed", "failed", "warned", "error", "skipped"];

function expectDetails(value: unknown): void {
  const details = expectRecord(value, "show: details");
  expectText(details.asset, "show: asset");
  expectOneOf(details.kind, kinds, "show: kind");
  if (details.state !== null) {
    expectOneOf(expectRecord(details.state, "show: state").state, states, "show: state");
  }
  for (const side of ["upstream", "downstream"]) {
    const { shown, more } = expectRecord(details[side], `show: ${side}`);
    expectCount(more, `show: ${side}: more`);
    for (const neighbour of expectList(shown, `show: ${side}: shown`)) {
      const { asset, kind, state } = expectRecord(neighbour, `show: ${side}`);
      expectText(asset, `show: ${side}: asset`);
      expectOneOf(kind, kinds, `show: ${side}: kind`);
      if (state !== null) expectOneOf(state, states, `show: ${side}: state`);
    }
  }
  for (const column of expectList(details.columns, "show: columns")) {
    const { name, checks } = expectRecord(column, "show: column");
    expectText(name, "show: column: name");
    expectList(checks, "show: column: checks");
  }
  for (const check of expectList(details.checks, "show: checks")) {
    const { id, name, result } = expectRecord(check, "show: check");
    expectText(id, "show: check: id");
    expectText(name, "show: check: name");
    if (result !== null)
      expectOneOf(expectRecord(result, "show: check").status, statuses, "show: check: status");
  }
  for (const past of expectList(details.history, "show: history")) {
    expectText(expectRecord(past, "show: history").at, "show: history: at");
  }
  for (const cause of expectList(details.stalePath, "show: stalePath")) {
    expectText(expectRecord(cause, "show: stalePath").words, "show: stalePath: words");
  }
}
