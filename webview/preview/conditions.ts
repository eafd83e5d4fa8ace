import { connect } from "../../src/protocol/channel.ts";
import type { ConditionsHost, ConditionsView } from "../../src/protocol/conditions.ts";
import { weatherCondition, weatherSimulation } from "./conditionSamples.ts";
import { fakeEditor } from "./fakeEditor.ts";

/** The picture of a condition with a host that knows one. */
const { port, sample, tell } = fakeEditor("conditions", "weather");

const view = connect<ConditionsHost, ConditionsView>(port, {
  ready() {
    if (sample !== "weather") return void view.showEmpty("No asset is chosen.", "Choose an asset");
    const { answer, history } = weatherCondition(Date.now());
    void view.show(answer, history);
  },
  simulate(days) {
    void view.showSimulation(days, weatherSimulation(Date.now(), days), null);
  },
  openSource: () => tell("open the source"),
  openRun: runId => tell(`open run ${runId}`),
  takeAction: () => tell("take the action that was offered"),
});

await import("../conditions/main.ts");
