import type { ConditionsView } from "../../src/protocol/conditions.ts";
import { expectCount, expectList, expectOneOf, expectRecord, expectText } from "../shared/expect.ts";

/** The view behind a door that lets only well-formed messages in; the sender hears what was wrong. */
export function guardMessages(view: ConditionsView): ConditionsView {
  return {
    show(answer, history) {
      const { asset, now } = expectRecord(answer, "show: answer");
      expectText(asset, "show: asset");
      if (now !== null) expectExplanation(now, "show: now");
      for (const [at, tick] of expectList(history, "show: history").entries()) expectTick(tick, at);
      view.show(answer, history);
    },
    showSimulation(days, simulation, fault) {
      expectCount(days, "showSimulation: days");
      if (simulation !== null) {
        const played = expectRecord(simulation, "showSimulation: simulation");
        const { automation, ticks, launchedAt, from, to } = played;
        expectText(automation, "showSimulation: automation");
        expectList(ticks, "showSimulation: ticks");
        expectList(launchedAt, "showSimulation: launchedAt");
        expectText(from, "showSimulation: from");
        expectText(to, "showSimulation: to");
      }
      if (fault !== null) expectText(fault, "showSimulation: fault");
      view.showSimulation(days, simulation, fault);
    },
    showEmpty(cause, action) {
      expectText(cause, "showEmpty: cause");
      if (action !== null) expectText(action, "showEmpty: action");
      view.showEmpty(cause, action);
    },
  };
}

const statuses = ["requested", "skipped", "failed"];
const outcomes = ["true", "false", "notEvaluated"];

function expectTick(value: unknown, at: number): void {
  const what = `show: tick ${at}`;
  const { id, status, runIds, explanation } = expectRecord(value, what);
  expectText(id, `${what}: id`);
  expectOneOf(status, statuses, `${what}: status`);
  for (const runId of expectList(runIds, `${what}: runIds`)) expectText(runId, `${what}: run`);
  if (explanation !== null) expectExplanation(explanation, `${what}: explanation`);
}

function expectExplanation(value: unknown, what: string): void {
  const { asset, tree } = expectRecord(value, what);
  expectText(asset, `${what}: asset`);
  expectPart(tree, `${what}: part`);
}

function expectPart(value: unknown, what: string): void {
  const { words, outcome, parts } = expectRecord(value, what);
  expectText(words, `${what}: words`);
  expectOneOf(outcome, outcomes, `${what}: outcome`);
  for (const part of expectList(parts, `${what}: parts`)) expectPart(part, what);
}
